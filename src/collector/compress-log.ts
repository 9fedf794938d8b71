import { type FileHandle, lstat, open, rename, unlink, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { compressedName, readLogBytes } from '../util/log-file.ts';
import { syncFolder } from './atomic-file.ts';
import type { RunFolder } from './run-folder.ts';

/** A smaller log takes one block of the disk anyway. */
const LEAST_BYTES = 4_096;
const CHUNK_BYTES = 256 * 1_024;

/** What compressing a log came to. */
export interface Compressed {
  beforeBytes: number;
  afterBytes: number;
}

/** The size of the folder's log if it is worth compressing; undefined if it is small, compressed already, or no file of ours. */
export async function compressibleBytes({ outcomesFile }: RunFolder): Promise<number | undefined> {
  const found = await lstat(outcomesFile).catch(() => undefined);
  return found?.isFile() && found.size >= LEAST_BYTES ? found.size : undefined;
}

/**
 * Puts `outcomes.ndjson.gz` in the place of the folder's `outcomes.ndjson`. The caller makes sure that nobody writes the log.
 *
 *     outcomes.ndjson.tmp.gz ──written, synced, read back──► renamed to outcomes.ndjson.gz, synced ──► outcomes.ndjson removed
 *
 * A crash at any moment leaves at least one of the two whole, and readers take the plain one while it is there. Undefined if there is nothing to compress.
 */
export async function compressLog(folder: RunFolder): Promise<Compressed | undefined> {
  const { outcomesFile, path } = folder;
  const beforeBytes = await compressibleBytes(folder);
  if (beforeBytes === undefined) return undefined;
  const draft = `${outcomesFile}.tmp.gz`;
  try {
    const afterBytes = await writeDurably(draft, (file) =>
      pipeline(readLogBytes(outcomesFile), createGzip({ chunkSize: CHUNK_BYTES }), (chunks) => writeFile(file, chunks)),
    );
    await checkCopy(draft, beforeBytes);
    await rename(draft, compressedName(outcomesFile));
    await syncFolder(path);
    await unlink(outcomesFile);
    await syncFolder(path);
    return { beforeBytes, afterBytes };
  } catch (error) {
    await unlink(draft).catch(() => {});
    throw error;
  }
}

/** Puts the plain log back, for a collector that goes on with it. Without effect if it is there. */
export async function decompressLog({ outcomesFile, path }: RunFolder): Promise<void> {
  const compressed = compressedName(outcomesFile);
  const [plain, packed] = await Promise.all([outcomesFile, compressed].map((file) => lstat(file).catch(() => undefined)));
  if (packed === undefined) return;
  if (plain === undefined) {
    const draft = `${outcomesFile}.tmp`;
    await writeDurably(draft, (file) => writeFile(file, readLogBytes(compressed)));
    await rename(draft, outcomesFile);
    await syncFolder(path);
  }
  // From now on the plain log grows, and the copy is of no use.
  await unlink(compressed);
  await syncFolder(path);
}

/** Returns the size. */
async function writeDurably(path: string, write: (file: FileHandle) => Promise<void>): Promise<number> {
  const file = await open(path, 'w');
  try {
    await write(file);
    await file.sync();
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

/** Reads the copy back: its checksum is checked on the way. */
async function checkCopy(path: string, wantedBytes: number): Promise<void> {
  let bytes = 0;
  for await (const chunk of readLogBytes(path)) bytes += chunk.length;
  if (bytes !== wantedBytes) throw new Error(`${path} holds ${bytes} bytes of ${wantedBytes}: the log is left as it is`);
}
