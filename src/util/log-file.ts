import { createReadStream, type ReadStream } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';

/**
 * The one place that opens an outcome log. A log is `outcomes.ndjson`, or `outcomes.ndjson.gz` after it was compressed, and everyone names it by the plain file.
 * If both are there, the plain one counts: the compressed one is then a copy of it, made by a process that did not live to remove the plain one.
 */

const CHUNK_BYTES = 256 * 1_024;
const ENDING = '.gz';

/** The file that a log is compressed into. */
export function compressedName(file: string): string {
  return `${file}${ENDING}`;
}

interface LogFile {
  /** The file that holds the log now. */
  path: string;
  isCompressed: boolean;
  /** Of the file, not of what it holds. */
  sizeBytes: number;
}

/** The file that holds the log now; undefined if there is none. */
export async function findLogFile(file: string): Promise<LogFile | undefined> {
  for (const path of [file, compressedName(file)]) {
    const found = await orMissing(stat(path));
    if (found !== undefined) return { path, isCompressed: path.endsWith(ENDING), sizeBytes: found.size };
  }
  return undefined;
}

/** Up to where the log reaches now: its size, or infinity for a compressed log, which does not grow. Rejects as `stat` does if there is none. */
export async function logEndBytes(file: string): Promise<number> {
  const found = await findLogFile(file);
  if (found?.isCompressed) return Number.POSITIVE_INFINITY;
  return found?.sizeBytes ?? (await stat(file)).size;
}

/** The bytes of the log, decompressed, up to `endBytes` of them. Rejects as `open` does if there is no such file. */
export async function* readLogBytes(file: string, endBytes = Number.POSITIVE_INFINITY): AsyncGenerator<Buffer> {
  if (endBytes <= 0) return;
  const { stream, isCompressed } = await openLog(file, endBytes);
  if (isCompressed) yield* decompressed(stream, endBytes);
  else yield* stream;
}

/** The log, open for reads at any place of it, and the way to close it. A compressed log is decompressed into a temporary file, which is gone when this process is. */
export async function openLogAtRandom(file: string): Promise<{ handle: FileHandle; close(): Promise<void> }> {
  const plain = file.endsWith(ENDING) ? undefined : await orMissing(open(file));
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
    // The open file lives on without its name.
    await rm(folder, { recursive: true, force: true });
  }
}

/** Opened before it is known to be there: a log may be compressed at any moment, and then one of the two is there. */
async function openLog(file: string, endBytes: number): Promise<{ stream: ReadStream; isCompressed: boolean }> {
  if (file.endsWith(ENDING)) return { stream: createReadStream(file), isCompressed: true };
  const plain = await orMissing(open(file));
  if (plain !== undefined)
    return { stream: plain.createReadStream({ start: 0, end: endBytes - 1, highWaterMark: CHUNK_BYTES }), isCompressed: false };
  const compressed = await orMissing(open(compressedName(file)));
  // The message is to name the plain file.
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

async function orMissing<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
