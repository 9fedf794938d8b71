import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Text in a file of the program, which must stand there once, and what is to stand in its place. */
export interface Edit {
  file: string;
  search: string;
  replace: string;
}

/** How long a collector's claim lasts in the copy. With the 10 s of the program, a killed collector's successor would wait most of the time, and few kills would hit one at work. */
export const CLAIM_MS = 2_000;
/** What the copies that are disturbed have in common. */
export const SHORT_CLAIM: Edit = { file: 'src/engine/engine.ts', search: 'CLAIM_MS = 10_000;', replace: `CLAIM_MS = ${CLAIM_MS};` };

/** Builds a copy of the program, or of a copy, with these changes, in a folder of its own. The caller removes the folder. */
export function buildCopy(root: string, edits: readonly Edit[]): string {
  const copy = mkdtempSync(join(tmpdir(), 'trawl-built-'));
  for (const name of ['src', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const { file, search, replace } of edits) {
    const path = join(copy, file);
    const source = readFileSync(path, 'utf8');
    if (source.split(search).length !== 2) throw new Error(`what is to be replaced does not stand once in ${file}: ${search}`);
    writeFileSync(
      path,
      source.replace(search, () => replace),
    );
  }
  // A bug need not be well typed.
  execFileSync(process.execPath, ['scripts/build.js', '--no-types'], { cwd: copy });
  return copy;
}
