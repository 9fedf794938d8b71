import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../model/errors.ts';
import type { RunId } from '../model/run-id.ts';
import { duringShortage } from '../model/shortage.ts';
import { BODIES_MARK } from './map/map-places.ts';

/** Endings by content type, for whoever opens the files; others get `bin`, and a response without a type none. */
const ENDINGS: ReadonlyMap<string, string> = new Map(
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
/** Bodies written at a time. More would be no faster, and each takes a file descriptor. */
const MOST_AT_ONCE = 4;
/** Writing is tried again after so long. */
const TRY_AGAIN_MS = 5_000;

/** A body could not be written: make room, or mend the folder. */
export class BodyFileError extends Error {
  override readonly name = 'BodyFileError';
}

/** Before anything is fetched: makes the folder if it is not there. Rejects with UsageError if nothing can be written in it. */
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

/** The files that bodies are saved in: `FOLDER/RUN/ab/abcdef0123456789.html`, by the keys of their entries. */
export class BodyFiles {
  readonly #folder: string;
  readonly #known = new Set<string>();
  readonly #places = new Places(MOST_AT_ONCE);
  #brokenUntilMs = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writing failed a moment ago: what is fetched now could not be saved either. */
  get isBroken(): boolean {
    return performance.now() < this.#brokenUntilMs;
  }

  /**
   * Writes a decoded body, in whole or not at all, and returns the file's path within the folder. The same entry again replaces its file. It is not synced: a crash of the machine
   * may take it. Rejects with BodyFileError.
   */
  async save(run: RunId, key: string, body: Uint8Array, contentType = ''): Promise<string> {
    const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
    const ending = type === '' ? '' : `.${ENDINGS.get(type) ?? 'bin'}`;
    const shard = join(run, key.slice(0, 2));
    const name = join(shard, `${key}${ending}`);
    const part = join(this.#folder, `${name}.${randomUUID().slice(0, 8)}.part`);
    try {
      await this.#makeFolder(shard);
      await this.#places.within(() => duringShortage(() => writeFile(part, body)));
      await rename(part, join(this.#folder, name));
    } catch (error) {
      this.#known.clear();
      this.#brokenUntilMs = performance.now() + TRY_AGAIN_MS;
      await rm(part, { force: true }).catch(() => {});
      throw new BodyFileError(`cannot save bodies in ${this.#folder}: ${(error as Error).message}`, { cause: error });
    }
    return name;
  }

  async #makeFolder(shard: string): Promise<void> {
    if (this.#known.has(shard)) return;
    await mkdir(join(this.#folder, shard), { recursive: true });
    if (this.#known.size === 0)
      await this.#places.within(() => duringShortage(() => writeFile(join(this.#folder, BODIES_MARK), MARK_TEXT)));
    if (this.#known.size > 10_000) this.#known.clear();
    this.#known.add(shard);
  }
}

/** A number of places, each for one action at a time. The others wait their turn, in order. */
class Places {
  #free: number;
  readonly #waiting: Array<() => void> = [];

  constructor(places: number) {
    this.#free = places;
  }

  async within<T>(action: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await action();
    } finally {
      // The place goes straight to the next, or is free again.
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
