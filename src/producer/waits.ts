export const LATER = Symbol('later');

/** What the promise gives, or LATER after so many milliseconds; Infinity waits for ever. */
export async function orLater<T>(promise: Promise<T>, afterMs: number): Promise<T | typeof LATER> {
  if (afterMs === Number.POSITIVE_INFINITY) return promise;
  let timer: NodeJS.Timeout | undefined;
  const later = new Promise<typeof LATER>((resolve) => {
    timer = setTimeout(resolve, afterMs, LATER);
  });
  try {
    return await Promise.race([promise, later]);
  } finally {
    clearTimeout(timer);
  }
}

/** What the promise gives; rejects with the signal's reason as soon as it aborts. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // Given up on, it may still reject, and nobody is there to see it.
  promise.catch(() => {});
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}
