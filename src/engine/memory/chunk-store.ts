import { closeSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { FrontierDiskError } from '../../model/errors.ts';
import { shortageCode } from '../../model/shortage.ts';

/** A text in memory, or its place in the file. */
export type Chunk = Buffer | { at: number; bytes: number };

export interface ChunkLimits {
  /** Text that becomes a chunk, in UTF-16 code units; 4,096 by default, which is some fifty to a hundred entries. */
  chunkChars?: number;
  /** Bytes of chunks that stay in memory; 32 MiB by default, which is 300,000 to a million URLs. */
  mostInMemory?: number;
}

/**
 * Keeps texts until they are taken, each once. They stay in memory while there is room. What comes then goes into a file.
 *
 * The file is created when it is first needed, and removed from its folder at once: the system frees it when the process ends, also after a crash. Space in it is reused only
 * when all of it was taken, so that it grows to the size of everything that went through it: 30 to 110 bytes for each URL, where the run's log takes 400.
 * While the process can open no file, for want of descriptors or memory, texts stay in memory.
 *
 * Reads and writes are synchronous. A chunk of 4 KiB takes some 10 µs, because the system's cache answers.
 */
export class ChunkStore {
  readonly chunkChars: number;
  readonly #path: string | undefined;
  readonly #mostInMemory: number;
  #inMemory = 0;
  #file: number | undefined;
  /** Where the next chunk goes, and how many bytes in the file were not taken yet. */
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

  /** Gives the file back. Nothing can be taken from it any more. May be repeated. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** The file is open. False if this process can open no file just now. */
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

/** A new file that only this process has. URLs may hold secrets: no other user may read it, and no link that waits under its name is followed. */
function openNameless(path: string): number {
  rmSync(path, { force: true });
  const file = openSync(path, 'wx+', 0o600);
  rmSync(path, { force: true });
  return file;
}
