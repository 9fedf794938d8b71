import type { RunId } from '../model/run-id.ts';

/**
 * The run's folder cannot be written: free some space or repair the disk, then collect again. Nothing is lost, because
 * the engine keeps what is not on disk.
 */
export class CollectorDiskError extends Error {
  override readonly name = 'CollectorDiskError';
  readonly code = 'COLLECTOR_DISK';
}

const REMEDIES: Record<string, string> = {
  ENOSPC: 'the disk is full: free some space',
  EDQUOT: 'the disk quota is used up: free some space',
  EROFS: 'the file system is read-only: make it writable',
  // Node 20 also reports this when it cannot create a folder on a read-only file system.
  ENOENT: 'its folder is gone, or the file system is read-only',
  EACCES: 'permission denied: give this user write permission',
  EPERM: 'permission denied: give this user write permission',
  EFBIG: 'the file is larger than the file system or a limit allows',
  EMFILE: 'this process cannot open more files: raise `ulimit -n`, or lower --concurrency',
  ENFILE: 'the system has no file descriptor left: end other programs, or raise fs.file-max',
  EIO: 'the disk reports an error: check it',
};

/** Describes a failed write and how to fix it; undefined if the error is not from the file system. */
export function diskRemedy(error: unknown): string | undefined {
  const { code, message, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return undefined;
  return REMEDIES[code] === undefined ? message : `${REMEDIES[code]} (${code})`;
}

/**
 * Returns a CollectorDiskError for the operator, with the system's error as its cause. Returns other errors unchanged.
 */
export function asDiskError(run: RunId, path: string, error: unknown): unknown {
  const remedy = diskRemedy(error);
  if (remedy === undefined) return error;
  const message = `cannot write ${path}: ${remedy}, then collect run ${run} again; it continues where the log ends`;
  return new CollectorDiskError(message, { cause: error });
}
