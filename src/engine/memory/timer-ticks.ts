import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../util/clock.ts';

/** Yields at once, then every `everyMs` milliseconds, until `signal` aborts. Ticks that a busy caller missed become one. */
export async function* timerTicks(everyMs: number, clock: Clock, signal: AbortSignal): AsyncGenerator<void, void, void> {
  for (let dueMs = clock.monotonicMs(); !signal.aborted; dueMs = nextTickMs(dueMs, everyMs, clock.monotonicMs())) {
    const waitMs = dueMs - clock.monotonicMs();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => {});
    if (!signal.aborted) yield;
  }
}

/**
 * When the tick after the one at `lastMs` is due. It stays on the grid, so nothing drifts. If several have passed, it is
 * the last of them.
 */
export function nextTickMs(lastMs: number, everyMs: number, nowMs: number): number {
  return lastMs + everyMs * Math.max(1, Math.floor((nowMs - lastMs) / everyMs));
}
