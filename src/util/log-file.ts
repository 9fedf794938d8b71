import { createReadStream, type ReadStream } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';

/**
 * The only module that opens outcome logs. A log is the file `outcomes.ndjson`, or `outcomes.ndjson.gz` after it was
 * compressed. Callers always name the plain file. If both files exist, the plain one counts: the process that
 * compressed it ended before it could remove the plain file.
 */

const CHUNK_BYTES = 256 * 1_024;
const EXTENSION = '.gz';

/** The name of the compressed file of a log. */
export function compressedName(file: string): string {
  return `${file}${EXTENSION}`;
}

interface LogFile {
  /** The file that currently contains the log. */
  path: string;
  isCompressed: boolean;
  /** The size of the file, not of its decompressed content. */
  sizeBytes: number;
}

/** Finds the file that currently contains the log. Undefined if there is none. */
export async function findLogFile(file: string): Promise<LogFile | undefined> {
  for (const path of [file, compressedName(file)]) {
    const found = await undefinedIfMissing(stat(path));
    if (found !== undefined) return { path, isCompressed: path.endsWith(EXTENSION), sizeBytes: found.size };
  }
  return undefined;
}

/**
 * The current end of the log in bytes. Infinity for a compressed log, which no longer grows. Rejects like `stat` if the
 * log does not exist.
 */
export async function logEndBytes(file: string): Promise<number> {
  const found = await findLogFile(file);
  if (found?.isCompressed) return Number.POSITIVE_INFINITY;
  return found?.sizeBytes ?? (await stat(file)).size;
}

/** Reads the decompressed bytes of the log, at most `endBytes`. Rejects like `open` if the log does not exist. */
export async function* readLogBytes(file: string, endBytes = Number.POSITIVE_INFINITY): AsyncGenerator<Buffer> {
  if (endBytes <= 0) return;
  const { stream, isCompressed } = await openLog(file, endBytes);
  if (isCompressed) yield* decompressed(stream, endBytes);
  else yield* stream;
}

/**
 * Opens the log for reads at any position; call `close` afterwards. A compressed log is first decompressed into a
 * temporary file, which disappears with this process at the latest.
 */
export async function openLogAtRandom(file: string): Promise<{ handle: FileHandle; close(): Promise<void> }> {
  const plain = file.endsWith(EXTENSION) ? undefined : await undefinedIfMissing(open(file));
  if (plain !== undefined) return { handle: plain, close: () => plain.close() };
  const folder = await mkdtemp(join(tmpdir(), 'trawl-log-'));
  const path = join(folder, 'outcomes.ndjson');
  try {
    const handle = await open(path, 'w+');
    try {
      await writeFile(handle, readLogBytes(file));
    } catch (error) {
      await handle.close();
      throw error;
    }
    return { handle, close: () => handle.close() };
  } finally {
    // On Unix, the open file remains readable after its name is removed.
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Opens without checking first whether the file exists: a log may be compressed at any moment, and one of the two files
 * always exists.
 */
async function openLog(file: string, endBytes: number): Promise<{ stream: ReadStream; isCompressed: boolean }> {
  if (file.endsWith(EXTENSION)) return { stream: createReadStream(file), isCompressed: true };
  const plain = await undefinedIfMissing(open(file));
  if (plain !== undefined)
    return { stream: plain.createReadStream({ start: 0, end: endBytes - 1, highWaterMark: CHUNK_BYTES }), isCompressed: false };
  const compressed = await undefinedIfMissing(open(compressedName(file)));
  // The error message must name the plain file.
  const handle = compressed ?? (await open(file));
  return { stream: handle.createReadStream({ highWaterMark: CHUNK_BYTES }), isCompressed: compressed !== undefined };
}

async function* decompressed(stream: ReadStream, endBytes: number): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  stream.on('error', (error) => gunzip.destroy(error));
  stream.pipe(gunzip);
  let leftBytes = endBytes;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      if (chunk.length >= leftBytes) {
        yield chunk.subarray(0, leftBytes);
        return;
      }
      leftBytes -= chunk.length;
      yield chunk;
    }
  } finally {
    stream.destroy();
    gunzip.destroy();
  }
}

async function undefinedIfMissing<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
