#!/usr/bin/env node
import { writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { VERSION } from '../options/product.ts';

/** Answers `--version` without loading the program, because scripts call it. Returns false if it was not asked for, or if stdout cannot be written: the program then reports the error. */
function printsVersion(args: readonly string[]): boolean {
  if (args.length !== 1 || (args[0] !== '--version' && args[0] !== '-V')) return false;
  try {
    writeSync(1, `${VERSION}\n`);
    return true;
  } catch {
    return false;
  }
}

/** Commands that run much other code than a crawl does. Each has a cache of its own for its compiled code; all others share that of a crawl. */
const WITH_OWN_CACHE: readonly string[] = ['collect', 'enqueue', 'report', 'serve', 'status', 'watch', 'worker'];

const args = process.argv.slice(2);
if (!printsVersion(args)) void startProgram();

/** Both modules are imported here, because `--version` needs neither. */
async function startProgram(): Promise<void> {
  const { loadWithCache } = await import('../util/compiled-code.ts');
  const built = fileURLToPath(new URL('program.js', import.meta.url));
  const cacheName = WITH_OWN_CACHE.find((command) => command === args[0]) ?? 'crawl';
  const program = loadWithCache(built, cacheName) as typeof import('./program.ts') | undefined;
  const { start } = program ?? (await import('./program.ts'));
  start(args);
}
