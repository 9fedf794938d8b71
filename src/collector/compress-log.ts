import { type FileHandle, lstat, open, rename, unlink, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { compressedName, readLogBytes } from '../util/log-file.ts';
import { syncFolder } from './atomic-file.ts';
import type { RunFolder } from './run-folder.ts';

/** A smaller log is not compressed, because it takes one block of the disk anyway. */
const MIN_BYTES = 4_096;
const CHUNK_BYTES = 256 * 1_024;

/** Sizes of a log before and after its compression. */
export interface Compressed {
  beforeBytes: number;
  afterBytes: number;
}

/**
 * Returns the size of the folder's log in bytes if it is worth compressing; undefined if it is small, already
 * compressed, or not a regular file.
 */
export async function compressibleBytes({ outcomesFile }: RunFolder): Promise<number | undefined> {
  const found = await lstat(outcomesFile).catch(() => undefined);
  return found?.isFile() && found.size >= MIN_BYTES ? found.size : undefined;
}

/**
 * Replaces the folder's `outcomes.ndjson` by `outcomes.ndjson.gz`. The caller must make sure that nobody writes the
 * log. Returns undefined if there is nothing to compress.
 *
 *     outcomes.ndjson.tmp.gz ──written, synced, read back──► renamed to outcomes.ndjson.gz, synced ──► outcomes.ndjson removed
 *
 * After a crash at any time, at least one of the two files is complete. Readers use the plain one if it exists.
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

/** Restores the plain log, so that a collector can append to it. Does nothing if it exists. */
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
  // From now on the plain log grows, so the compressed copy is outdated.
  await unlink(compressed);
  await syncFolder(path);
}

/** Writes and syncs a file, and returns its size in bytes. */
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

/** Reads the copy back, which also verifies its checksum. */
async function checkCopy(path: string, wantedBytes: number): Promise<void> {
  let bytes = 0;
  for await (const chunk of readLogBytes(path)) bytes += chunk.length;
  if (bytes !== wantedBytes) throw new Error(`${path} holds ${bytes} bytes of ${wantedBytes}: the log is left as it is`);
}
