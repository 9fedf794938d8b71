import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import process from 'node:process';
import vm from 'node:vm';

/** Node 22.1 and later can cache compiled code on disk. Earlier versions do not have this function. */
type CompileCache = { enableCompileCache?: (folder?: string) => unknown };

/** With cached code, the V8 of Node 20 does not know how to import. Files that may do so are left to Node. */
const IMPORT = 'import(';
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Starts a program of the bundle with code that V8 compiled in an earlier run. That saves a quarter of the time of a short command. If this version of Node has a compile cache, the
 * cache is turned on, and the caller loads the file. Otherwise the file is loaded here, as `require` would load it.
 *
 * Returns what the file exports, or undefined if the caller must load it.
 *
 * @param file a file of the bundle, which may require files in a folder `libraries` of the bundle
 * @param cacheName programs that run much other code have caches with other names
 */
export function loadWithCache(file: string, cacheName: string): unknown {
  const { enableCompileCache } = module as CompileCache;
  const { NODE_COMPILE_CACHE: chosen, NODE_DISABLE_COMPILE_CACHE: isDisabled } = process.env;
  if (enableCompileCache !== undefined) {
    const folder = chosen === undefined ? cacheFolder() : undefined;
    if (folder !== undefined || chosen !== undefined) enableCompileCache(folder);
    return undefined;
  }
  // Node reads source maps only of files that it has loaded itself.
  if (isDisabled || process.sourceMapsEnabled || !existsSync(file)) return undefined;
  const folder = chosen ?? cacheFolder();
  return folder && new CachedFiles(join(folder, cacheName)).load(file);
}

/**
 * The folder for compiled code; only this user can write to it. Node's default is in the folder for temporary files, where other users could plant code. The folder is created here, one
 * level at a time, because Node retries forever if it cannot create a folder (for example in `/proc`). Undefined if it cannot be created, or if another user can write to it: with
 * `sudo`, for instance, it may belong to another user than this process.
 */
function cacheFolder(): string | undefined {
  const { XDG_CACHE_HOME = '' } = process.env;
  try {
    let folder = isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), '.cache');
    for (const name of ['', 'trawl', 'compiled']) {
      folder = join(folder, name);
      if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    }
    return isOnlyOurs(statSync(folder)) ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** True if only this user can write to the folder. Always true on Windows, which has other rights. */
function isOnlyOurs({ uid, mode }: Stats): boolean {
  return process.getuid === undefined || (process.getuid() === uid && (mode & WRITABLE_BY_OTHERS) === 0);
}

/** A file whose code was compiled in this run. */
interface Compiled {
  script: vm.Script;
  source: Buffer;
  cacheFile: string;
}

/** Loads CommonJS files with their cached code, and at the end of the process saves the code of files whose cache was missing or was rejected. What is saved then includes every function that has run. */
class CachedFiles {
  readonly #prefix: string;
  readonly #modules = new Map<string, { exports: unknown }>();
  readonly #compiled: Compiled[] = [];

  /** @param prefix the beginning of the paths of the caches */
  constructor(prefix: string) {
    this.#prefix = prefix;
    process.once('exit', () => this.#compiled.forEach(save));
  }

  load(file: string): unknown {
    const known = this.#modules.get(file);
    if (known !== undefined) return known.exports;
    const nodeRequire = createRequire(file);
    const source = readFileSync(file);
    if (source.includes(IMPORT)) return nodeRequire(file);
    const loaded = { exports: {} };
    this.#modules.set(file, loaded);
    const folder = dirname(file);
    const require = (name: string) =>
      name.startsWith('.') && name.includes('/libraries/') ? this.load(join(folder, name)) : nodeRequire(name);
    this.#compile(file, source)(loaded.exports, Object.assign(require, nodeRequire), loaded, file, folder);
    return loaded.exports;
  }

  #compile(file: string, source: Buffer): (...parts: unknown[]) => void {
    const cacheFile = `${this.#prefix}-${basename(file)}.cache`;
    const cachedData = readCache(cacheFile, source);
    const script = new vm.Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
      filename: file,
      ...(cachedData && { cachedData }),
    });
    // V8 rejects the code of another version of itself, or of other flags.
    if (cachedData === undefined || script.cachedDataRejected) this.#compiled.push({ script, source, cacheFile });
    return script.runInThisContext();
  }
}

const DIGEST_BYTES = 20;

/** V8 does not check whether its data is damaged, or belongs to the source. */
function digest(source: Buffer, data: Buffer): Buffer {
  return createHash('sha1').update(source).update(data).digest();
}

function readCache(cacheFile: string, source: Buffer): Buffer | undefined {
  try {
    const content = readFileSync(cacheFile);
    const data = content.subarray(DIGEST_BYTES);
    return digest(source, data).equals(content.subarray(0, DIGEST_BYTES)) ? data : undefined;
  } catch {
    return undefined;
  }
}

function save({ script, source, cacheFile }: Compiled): void {
  const unfinished = `${cacheFile}.${process.pid}`;
  try {
    const data = script.createCachedData();
    writeFileSync(unfinished, Buffer.concat([digest(source, data), data]), { mode: 0o600 });
    renameSync(unfinished, cacheFile);
  } catch {
    // The next run compiles again: nothing else depends on the cache.
    remove(unfinished);
  }
}

function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // It was never written, or the disk cannot be written now.
  }
}
