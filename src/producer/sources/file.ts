import { createReadStream } from 'node:fs';
import { access, constants, open, stat } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { UsageError } from '../../model/errors.ts';
import { checkHead } from './list.ts';
import { pipeBytes } from './pipe-bytes.ts';
import { readProblem } from './read-problem.ts';
import { readerOf } from './reading.ts';
import type { Reading, Source } from './source.ts';

const CHUNK_BYTES = 256 * 1024;
const HEAD_BYTES = 4096;

/**
 * A list in a file or named pipe; messages and outcomes call it `path`. Rejects with UsageError if it is missing, a
 * folder, unreadable or clearly not text.
 */
export async function openFile(path: string, { at = path, reading }: { at?: string; reading?: Reading } = {}): Promise<Source> {
  const kind = await checkReadable(path, at);
  const { split, ...traits } = readerOf(path, reading);
  return {
    name: path,
    live: kind !== 'file',
    ...traits,
    async *lines(signal) {
      try {
        const bytes =
          kind === 'pipe' ? addAbortSignal(signal, await pipeBytes(at)) : createReadStream(at, { highWaterMark: CHUNK_BYTES, signal });
        yield* split(bytes);
      } catch (error) {
        if (signal.aborted) throw error;
        throw readProblem(path, error);
      }
    },
  };
}

/** Rejects with UsageError for a file that clearly cannot be read as a list. */
async function checkReadable(path: string, at: string): Promise<'file' | 'pipe' | 'other'> {
  try {
    const facts = await stat(at);
    if (facts.isDirectory()) throw new UsageError(`${path} is a folder: give a file with one URL per line`);
    await access(at, constants.R_OK);
    // Only a regular file is inspected: a pipe or device delivers its bytes only once.
    if (facts.isFile()) checkHead(await readHead(at), path);
    return facts.isFile() ? 'file' : facts.isFIFO() ? 'pipe' : 'other';
  } catch (error) {
    throw readProblem(path, error);
  }
}

async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
