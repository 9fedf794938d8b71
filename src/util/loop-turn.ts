const waiting: Array<() => void> = [];

/**
 * Resolves in a later turn of the event loop, for one caller in each turn. Ten pages that are read at once, a slice of ten milliseconds each, so hold timers and sockets up for ten
 * milliseconds and not for a hundred: all that `setImmediate` is given before a turn runs in that turn.
 */
export function loopTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(letOneGoOn);
  });
}

function letOneGoOn(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(letOneGoOn);
}
