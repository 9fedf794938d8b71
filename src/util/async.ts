/**
 * The promise's result. Rejects with the signal's reason as soon as the signal aborts. The promise itself keeps
 * running, and a later rejection of it is ignored.
 */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
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

/**
 * True if the promise settles within `limitMs` milliseconds, whether it resolves or rejects. Otherwise it keeps
 * running, and a later rejection of it is ignored.
 */
export async function within(limitMs: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, limitMs, false);
  });
  const settled = promise.then(
    () => true,
    () => true,
  );
  const inTime = await Promise.race([settled, late]);
  clearTimeout(timer);
  return inTime;
}

const waiting: Array<() => void> = [];

/**
 * Resolves in a later turn of the event loop, and resumes only one caller per turn. `setImmediate` alone would resume
 * all waiting callers in the same turn: ten pages that are parsed at once, in slices of 10 ms, would then block timers
 * and sockets for 100 ms instead of 10 ms.
 */
export function loopTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(resumeOne);
  });
}

function resumeOne(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(resumeOne);
}
