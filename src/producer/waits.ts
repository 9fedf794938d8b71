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
