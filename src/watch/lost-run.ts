import { setTimeout as sleep } from 'node:timers/promises';
import { UnknownRunError } from '../core/errors.ts';
import type { RunId } from '../core/run-id.ts';
import type { Engine } from '../engine/engine.ts';

const LOOKS = 10;

export interface LossOptions {
  /** Something of the run is still to come. */
  isWaiting: () => boolean;
  /** Nobody has anything under way that was not heard of for so long, in milliseconds. */
  lostMs: number;
}

/**
 * Resolves to true when the engine has nothing of the run to do, although something is still to come: a Redis that came back without its last seconds, or without all of its data, does not
 * know of it, and would be waited for without end. False when `signal` aborts.
 */
export async function isLost(
  engine: Pick<Engine, 'counts'>,
  run: RunId,
  { isWaiting, lostMs }: LossOptions,
  signal: AbortSignal,
): Promise<boolean> {
  let idleLooks = 0;
  let settledBefore = -1;
  while (!signal.aborted) {
    try {
      const { accepted, discovered, settled, ended } = await engine.counts(run);
      const isIdle = settled === accepted + discovered && settled === settledBefore && !ended && isWaiting();
      idleLooks = isIdle ? idleLooks + 1 : 0;
      settledBefore = settled;
      if (idleLooks === LOOKS) return true;
    } catch (error) {
      if (error instanceof UnknownRunError) return true;
      idleLooks = 0;
    }
    await sleep(lostMs / LOOKS, undefined, { signal }).catch(() => {});
  }
  return false;
}
