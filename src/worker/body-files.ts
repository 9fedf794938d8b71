import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../model/errors.ts';
import type { RunId } from '../model/run-id.ts';
import { duringShortage } from '../model/shortage.ts';
import { BODIES_MARK } from './map/map-places.ts';

/** File extensions by content type. Other types get `bin`. A response without a content type gets no extension. */
const EXTENSIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'text/html': 'html',
    'application/xhtml+xml': 'html',
    'text/plain': 'txt',
    'text/css': 'css',
    'text/csv': 'csv',
    'text/markdown': 'md',
    'text/javascript': 'js',
    'application/javascript': 'js',
    'application/json': 'json',
    'application/xml': 'xml',
    'text/xml': 'xml',
    'application/rss+xml': 'xml',
    'application/atom+xml': 'xml',
    'application/pdf': 'pdf',
    'application/zip': 'zip',
    'application/gzip': 'gz',
    'image/png': 'png',
    'image/jpeg': 'jpg',
    'image/gif': 'gif',
    'image/webp': 'webp',
    'image/svg+xml': 'svg',
  }),
);

const MARK_TEXT = 'Fetched pages are saved here: no map module is loaded from this folder.\n';
/** Concurrent writes. More would not be faster, and each takes a file descriptor. */
const MAX_CONCURRENT_WRITES = 4;
/** After a failed write, writing is considered broken for this long. */
const RETRY_AFTER_MS = 5_000;

/** A body could not be written: free some space, or repair the folder. */
export class BodyFileError extends Error {
  override readonly name = 'BodyFileError';
}

/** Creates the folder if it is missing, before anything is fetched. Rejects with UsageError if it is not writable. */
export async function checkBodyFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new UsageError(`cannot save bodies in ${folder}: ${(error as Error).message}, or choose another folder with --save-bodies`, {
      cause: error,
    });
  }
}

/** Saves bodies as `FOLDER/RUN/ab/abcdef0123456789.html`, named by the keys of their entries. */
export class BodyFiles {
  readonly #folder: string;
  /** Shards (subfolders) that exist. */
  readonly #knownShards = new Set<string>();
  readonly #writes = new Semaphore(MAX_CONCURRENT_WRITES);
  #brokenUntilMs = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** True for 5 s after a failed write: what is fetched now could probably not be saved either. */
  get isBroken(): boolean {
    return performance.now() < this.#brokenUntilMs;
  }

  /**
   * Writes a decoded body atomically and returns the file's path relative to the folder. A second call for the same
   * entry replaces its file. The file is not synced, so a crash of the machine can lose it. Rejects with BodyFileError.
   */
  async save(run: RunId, key: string, body: Uint8Array, contentType = ''): Promise<string> {
    const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
    const extension = type === '' ? '' : `.${EXTENSIONS.get(type) ?? 'bin'}`;
    const shard = join(run, key.slice(0, 2));
    const name = join(shard, `${key}${extension}`);
    const part = join(this.#folder, `${name}.${randomUUID().slice(0, 8)}.part`);
    try {
      await this.#makeFolder(shard);
      await this.#writes.run(() => duringShortage(() => writeFile(part, body)));
      await rename(part, join(this.#folder, name));
    } catch (error) {
      this.#knownShards.clear();
      this.#brokenUntilMs = performance.now() + RETRY_AFTER_MS;
      await rm(part, { force: true }).catch(() => {});
      throw new BodyFileError(`cannot save bodies in ${this.#folder}: ${(error as Error).message}`, { cause: error });
    }
    return name;
  }

  async #makeFolder(shard: string): Promise<void> {
    if (this.#knownShards.has(shard)) return;
    await mkdir(join(this.#folder, shard), { recursive: true });
    if (this.#knownShards.size === 0)
      await this.#writes.run(() => duringShortage(() => writeFile(join(this.#folder, BODIES_MARK), MARK_TEXT)));
    if (this.#knownShards.size > 10_000) this.#knownShards.clear();
    this.#knownShards.add(shard);
  }
}

/** Runs up to `slots` actions at a time. Further actions wait in a FIFO queue. */
class Semaphore {
  #free: number;
  readonly #waiting: Array<() => void> = [];

  constructor(slots: number) {
    this.#free = slots;
  }

  async run<T>(action: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await action();
    } finally {
      // The slot passes directly to the next waiter, if there is one.
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
