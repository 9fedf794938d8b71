import type { Writable } from 'node:stream';

/** Resolves when what was written so far was passed on, or has failed and its `error` listeners know. */
export function written(out: Writable): Promise<void> {
  // The callback of a failed write comes before the `error` event, in the same turn.
  return new Promise((resolve) => out.write('', () => setImmediate(resolve)));
}

/** The error that says what a failed stdout means. */
export function asOutputError(cause: NodeJS.ErrnoException): Error {
  const error = new Error(`cannot write to stdout: ${cause.message}`, { cause });
  return cause.code === undefined ? error : Object.assign(error, { code: cause.code });
}
