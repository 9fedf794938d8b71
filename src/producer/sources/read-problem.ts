import { UsageError } from '../../model/errors.ts';

/** Returns a UsageError that says why a named file cannot be read. Returns other errors unchanged. */
export function readProblem(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new UsageError(`no such file: ${path}`, { cause: error });
    case 'EACCES':
    case 'EPERM':
      return new UsageError(`cannot read ${path}: permission denied`, { cause: error });
    case 'EISDIR':
      return new UsageError(`${path} is a folder: give a file with one URL per line`, { cause: error });
    default:
      if (error instanceof UsageError || (error as NodeJS.ErrnoException).syscall === undefined) return error;
      return new UsageError(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}
