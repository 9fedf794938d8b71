#!/usr/bin/env node
import { existsSync, mkdirSync, writeSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { VERSION } from '../options/product.ts';

/** Node 22.1 and later can cache compiled code on disk. Earlier versions do not have this function. */
type CompileCache = { enableCompileCache?: (folder?: string) => unknown };

/**
 * The folder for Node's compile cache; only this user can write to it. Node's default is in the folder for temporary files, where other users could plant code. The folder is created here,
 * one level at a time, because Node retries forever if it cannot create a folder (for example in `/proc`). Throws if the folder cannot be created.
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

const args = process.argv.slice(2);
if (!printsVersion(args)) {
  if (Number.parseInt(process.versions.node, 10) <= NEWEST_KNOWN_NODE) setFlagsFromString(OPTIMISE_WASM_AFTER);
  const { enableCompileCache } = module as CompileCache;
  try {
    if (enableCompileCache !== undefined) enableCompileCache(compileCacheFolder());
  } catch {
    // Without a folder for it, the command starts without a cache.
  }
  void import('./program.ts').then(({ start }) => start(args));
}
