import type { RunId } from '../model/run-id.ts';

/** The run's folder cannot be written: make room or mend the disk, then collect again. Nothing is lost, for the engine keeps what is not on disk. */
export class CollectorDiskError extends Error {
  override readonly name = 'CollectorDiskError';
  readonly code = 'COLLECTOR_DISK';
}

const REMEDIES: Record<string, string> = {
  ENOSPC: 'the disk is full: make room',
  EDQUOT: 'the disk quota is used up: make room',
  EROFS: 'the file system is read-only: make it writable',
  // Node 20 says this of a folder that it cannot make on a read-only file system, too.
  ENOENT: 'its folder is gone, or the file system is read-only',
  EACCES: 'permission denied: give this user the right to write there',
  EPERM: 'permission denied: give this user the right to write there',
  EFBIG: 'the file is larger than the file system or a limit allows',
  EMFILE: 'this process cannot open more files: raise `ulimit -n`, or lower --concurrency',
  ENFILE: 'the system has no file descriptor left: end other programs, or raise fs.file-max',
  EIO: 'the disk reports an error: check it',
};

/** What a failed write means in words, with the way out; undefined if the error did not come from the file system. */
export function diskRemedy(error: unknown): string | undefined {
  const { code, message, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return undefined;
  return REMEDIES[code] === undefined ? message : `${REMEDIES[code]} (${code})`;
}

/** The error that tells the operator of a failed write, with the system's error as its cause; any other error as it is. */
export function asDiskError(run: RunId, path: string, error: unknown): unknown {
  const remedy = diskRemedy(error);
  if (remedy === undefined) return error;
  const message = `cannot write ${path}: ${remedy}, then collect run ${run} again; it continues where the log ends`;
  return new CollectorDiskError(message, { cause: error });
}
