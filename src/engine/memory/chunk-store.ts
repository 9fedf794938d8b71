import { closeSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { FrontierDiskError } from '../../model/errors.ts';
import { shortageCode } from '../../model/shortage.ts';

/** A chunk in memory, or its place in the file. */
export type Chunk = Buffer | { at: number; bytes: number };

export interface ChunkLimits {
  /** Length of a chunk, in UTF-16 code units. Default 4,096: 50 to 100 entries. */
  chunkChars?: number;
  /** Bytes of chunks that stay in memory. Default 32 MiB: 300,000 to 1,000,000 URLs. */
  mostInMemory?: number;
}

/**
 * Keeps chunks of text until they are taken, each once. When memory is full, further chunks go into a file.
 *
 * The file is created when it is first needed and removed from its folder at once. So the system frees it when the process
 * ends, even by a crash. Its space is reused only when all of it was taken, so it can grow to the size of everything that
 * went through it: 30 to 110 bytes per URL, compared with 400 in the run's log. If the process cannot open a file, because
 * it lacks descriptors or memory, chunks stay in memory.
 *
 * Reads and writes are synchronous. A chunk takes about 10 µs, because the system caches the file.
 */
export class ChunkStore {
  readonly chunkChars: number;
  readonly #path: string | undefined;
  readonly #mostInMemory: number;
  #inMemory = 0;
  #file: number | undefined;
  /** Where the next chunk goes, and how many bytes in the file are not taken yet. */
  #end = 0;
  #inFile = 0;

  /** @param path of the file, in a folder that exists; without one, everything stays in memory */
  constructor(path?: string, { chunkChars = 4_096, mostInMemory = 32 * 1024 * 1024 }: ChunkLimits = {}) {
    this.chunkChars = chunkChars;
    this.#path = path;
    this.#mostInMemory = mostInMemory;
  }

  get bytesInMemory(): number {
    return this.#inMemory;
  }

  /** @throws FrontierDiskError */
  put(text: string): Chunk {
    const chunk = Buffer.from(text);
    if (this.#path !== undefined && this.#inMemory + chunk.length > this.#mostInMemory && this.#opened(this.#path)) {
      return this.#write(this.#path, chunk);
    }
    this.#inMemory += chunk.length;
    return chunk;
  }

  /** @throws FrontierDiskError */
  take(chunk: Chunk): string {
    if (!Buffer.isBuffer(chunk)) return this.#read(chunk);
    this.#inMemory -= chunk.length;
    return chunk.toString();
  }

  /** Closes the file. Nothing can be taken any more. May be repeated. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** Opens the file. False if this process cannot open one now. */
  #opened(path: string): boolean {
    try {
      this.#file ??= openNameless(path);
      return true;
    } catch (error) {
      if (shortageCode(error) !== undefined) return false;
      throw new FrontierDiskError(`cannot write ${path}: ${(error as Error).message}`, { cause: error });
    }
  }

  #write(path: string, chunk: Buffer): Chunk {
    const file = this.#file as number;
    try {
      for (let done = 0; done < chunk.length; ) done += writeSync(file, chunk, done, chunk.length - done, this.#end + done);
    } catch (error) {
      throw new FrontierDiskError(`cannot write ${path}: ${(error as Error).message}`, { cause: error });
    }
    const place = { at: this.#end, bytes: chunk.length };
    this.#end += chunk.length;
    this.#inFile += chunk.length;
    return place;
  }

  #read({ at, bytes }: Exclude<Chunk, Buffer>): string {
    const file = this.#file as number;
    const chunk = Buffer.allocUnsafe(bytes);
    try {
      for (let done = 0; done < bytes; ) {
        const read = readSync(file, chunk, done, bytes - done, at + done);
        if (read === 0) throw new Error(`it ends at byte ${at + done}`);
        done += read;
      }
      this.#inFile -= bytes;
      if (this.#inFile === 0) {
        ftruncateSync(file);
        this.#end = 0;
      }
    } catch (error) {
      throw new FrontierDiskError(`cannot read ${this.#path}: ${(error as Error).message}`, { cause: error });
    }
    return chunk.toString();
  }
}

/**
 * Creates a file that only this process has. URLs may contain secrets, so no other user may read it, and a link that
 * somebody put under its name is not followed.
 */
function openNameless(path: string): number {
  rmSync(path, { force: true });
  const file = openSync(path, 'wx+', 0o600);
  rmSync(path, { force: true });
  return file;
}
