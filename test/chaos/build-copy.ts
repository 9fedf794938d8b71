import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Change, changedFiles, counting } from './marked-code.ts';

/** How long a collector's claim lasts in a copy. With the program's own 10 s, the successor of a killed collector would mostly wait, and few kills would hit a working one. */
export const CLAIM_MS = 2_000;
/** A change made in every copy. */
export const SHORT_CLAIM: Change = { at: 'claim-lasts', to: counting(CLAIM_MS) };

/** Builds a copy of the program, or of a copy, with these changes, in its own folder. The caller removes the folder. */
export function buildCopy(root: string, changes: readonly Change[]): string {
  const copy = mkdtempSync(join(tmpdir(), 'trawl-built-'));
  for (const name of ['src', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const [file, text] of changedFiles(copy, changes)) writeFileSync(file, text);
  // A bug need not type-check.
  execFileSync(process.execPath, ['scripts/build.js', '--no-types'], { cwd: copy });
  return copy;
}
