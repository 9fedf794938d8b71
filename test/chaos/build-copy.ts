import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Copies the program into a folder of its own, lets it be changed there, and builds it. The caller removes the folder. */
export function buildCopy(root: string, change: (folder: string) => void = () => {}): string {
  const copy = mkdtempSync(join(tmpdir(), 'trawl-built-'));
  for (const name of ['src', 'package.json', 'tsconfig.json', 'tsconfig.build.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  change(copy);
  // A bug need not be well typed.
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--noCheck'], { cwd: copy });
  return copy;
}
