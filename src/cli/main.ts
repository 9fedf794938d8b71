#!/usr/bin/env node
import { existsSync, mkdirSync, writeSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { VERSION } from '../options/product.ts';

/** Node 22.1 and later keep compiled code on disk; earlier ones have no such function. */
type CompileCache = { enableCompileCache?: (folder?: string) => unknown };

/**
 * A folder of this user alone: Node's default lies in the folder for temporary files, where others could put code. It is made here, step by step, because Node tries for
 * ever where a folder cannot be made, as in `/proc`. Throws if it cannot.
 */
function compileCacheFolder(): string | undefined {
  const { NODE_COMPILE_CACHE, XDG_CACHE_HOME = '' } = process.env;
  if (NODE_COMPILE_CACHE !== undefined) return undefined;
  let folder = isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), '.cache');
  for (const name of ['', 'trawl', 'compiled']) {
    folder = join(folder, name);
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
  }
  return folder;
}

/** Scripts ask for it, and nothing needs to be loaded to answer. False if stdout does not take it: then the program says why. */
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
 * undici reads responses with a WebAssembly function that V8 compiles anew, optimised, at the first or second response: 0.2 s of processor time, for which the
 * end of the process waits. With this budget (in V8's units, ten million for a response) it does so after a hundred.
 */
const OPTIMISE_WASM_AFTER = '--wasm-tiering-budget=1000000000';
/** V8 prints an error for a flag that it does not know: this is the newest Node that was tried. */
const NEWEST_KNOWN_NODE = 24;

const args = process.argv.slice(2);
if (!printsVersion(args)) {
  if (Number.parseInt(process.versions.node, 10) <= NEWEST_KNOWN_NODE) setFlagsFromString(OPTIMISE_WASM_AFTER);
  const { enableCompileCache } = module as CompileCache;
  try {
    if (enableCompileCache !== undefined) enableCompileCache(compileCacheFolder());
  } catch {
    // Without a folder to keep it in, the command starts without a cache.
  }
  void import('./program.ts').then(({ start }) => start(args));
}
