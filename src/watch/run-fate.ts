import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../engine/engine.ts';
import { UnknownRunError } from '../model/errors.ts';
import type { RunId } from '../model/run-id.ts';

/** How often the run is looked at within `lostMs`. It counts as lost only if all these looks find it idle. */
const LOOKS = 10;

interface FateOptions {
  /** True once all rounds of the run have been submitted. From then on its end is expected. */
  isGiven: () => boolean;
  /** True while a check has not ended. */
  isUnderWay: () => boolean;
  /**
   * Longer than any check can take, in milliseconds: a run that is idle for this long while checks are missing is lost.
   */
  lostMs: number;
}

/**
 * Watches an open run until something unexpected happens, or until `signal` aborts, which returns undefined.
 *
 * - `ended`: somebody else cancelled or sealed it.
 * - `lost`: the engine does not know it, or has nothing to do for it although checks are missing. That happens when
 *   Redis restarted without its last seconds of writes, or without any data. Without this check, the watch would wait
 *   forever.
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
