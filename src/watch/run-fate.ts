import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../engine/engine.ts';
import { UnknownRunError } from '../model/errors.ts';
import type { RunId } from '../model/run-id.ts';

const LOOKS = 10;

interface FateOptions {
  /** All rounds of the run were given: its end is its own. */
  isGiven: () => boolean;
  /** A check is still to come. */
  isUnderWay: () => boolean;
  /** Nobody has anything under way that was not heard of for so long, in milliseconds. */
  lostMs: number;
}

/**
 * Looks whether anything befell an open run, until `signal` aborts, which gives undefined. `ended`: somebody else cancelled or sealed it. `lost`: the engine does not know it, or has nothing of it to do although
 * something is still to come; a Redis that came back without its last seconds, or all of its data, would be waited for without end.
 */
export async function runFate(
  engine: Pick<Engine, 'counts'>,
  run: RunId,
  { isGiven, isUnderWay, lostMs }: FateOptions,
  signal: AbortSignal,
): Promise<'ended' | 'lost' | undefined> {
  let idleLooks = 0;
  let settledBefore = -1;
  while (!signal.aborted) {
    try {
      const given = isGiven();
      const { accepted, discovered, settled, ended } = await engine.counts(run);
      if (ended && !given) return 'ended';
      const isIdle = !ended && settled === accepted + discovered && settled === settledBefore && (given || isUnderWay());
      idleLooks = isIdle ? idleLooks + 1 : 0;
      settledBefore = settled;
      if (idleLooks === LOOKS) return 'lost';
    } catch (error) {
      if (error instanceof UnknownRunError) return 'lost';
      idleLooks = 0;
    }
    await sleep(lostMs / LOOKS, undefined, { signal }).catch(() => {});
  }
  return undefined;
}
