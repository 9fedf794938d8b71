import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../util/clock.ts';

/** Yields at once, then every `everyMs` milliseconds from then on, until `signal` aborts. Those that fell due while nobody waited are one. */
export async function* timerTicks(everyMs: number, clock: Clock, signal: AbortSignal): AsyncGenerator<void, void, void> {
  for (let dueMs = clock.monotonicMs(); !signal.aborted; dueMs = nextTickMs(dueMs, everyMs, clock.monotonicMs())) {
    const waitMs = dueMs - clock.monotonicMs();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => {});
    if (!signal.aborted) yield;
  }
}

/** When the tick after one at `lastMs` is due: on the grid, so that nothing drifts; if several passed, the last of them, which is due now. */
export function nextTickMs(lastMs: number, everyMs: number, nowMs: number): number {
  return lastMs + everyMs * Math.max(1, Math.floor((nowMs - lastMs) / everyMs));
}
