#!/usr/bin/env node
import { writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
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

/**
 * undici parses responses with a WebAssembly function. V8 would recompile it with optimisations at the first or second response, which takes 0.2 s of processor time and delays the
 * exit of a short command. With this budget (in V8's units; a response takes ten million) V8 recompiles it after a hundred responses.
 */
const OPTIMISE_WASM_AFTER = '--wasm-tiering-budget=1000000000';
/** The newest version of Node that was tried with this flag. V8 prints an error for a flag that it does not know, so newer versions do not get it. */
const NEWEST_KNOWN_NODE = 24;

/** Commands that run much other code than a crawl does. Each has a cache of its own for its compiled code; all others share that of a crawl. */
const WITH_OWN_CACHE: readonly string[] = ['collect', 'enqueue', 'report', 'serve', 'status', 'watch', 'worker'];

const args = process.argv.slice(2);
if (!printsVersion(args)) {
  if (Number.parseInt(process.versions.node, 10) <= NEWEST_KNOWN_NODE) setFlagsFromString(OPTIMISE_WASM_AFTER);
  void startProgram();
}

/** Both modules are imported here, because `--version` needs neither. */
async function startProgram(): Promise<void> {
  const { loadWithCache } = await import('../util/compiled-code.ts');
  const built = fileURLToPath(new URL('program.js', import.meta.url));
  const cacheName = WITH_OWN_CACHE.find((command) => command === args[0]) ?? 'crawl';
  const program = loadWithCache(built, cacheName) as typeof import('./program.ts') | undefined;
  const { start } = program ?? (await import('./program.ts'));
  start(args);
}
