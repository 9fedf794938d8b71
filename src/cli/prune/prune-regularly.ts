import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../../engine/engine.ts';
import type { Log } from '../../model/log.ts';
import { shownBytes } from '../../report/shown-figures.ts';
import { orAborted } from '../../util/async.ts';
import { Conditions } from '../../util/conditions.ts';
import type { PruneRules } from './prune-plan.ts';
import { type PrunedEngine, pruneRuns } from './prune-runs.ts';
import { pruneTicks } from './prune-ticks.ts';

const EVERY_MS = 5 * 60_000;
/** Rounds between two looks for timers of killed watches, which read all keys: a day. */
const TICKS_EVERY = 288;

interface RegularPrune {
  dataDir: string;
  engine: PrunedEngine & Pick<Engine, 'deadTicks' | 'removeTicks'>;
  rules: PruneRules;
  pid: number;
  log: Log;
}

/** Prunes at once and then every five minutes, until `signal` aborts. Logs what it did. Logs each folder that it left alone only once. After a failure it tries again in the next round. */
export async function pruneRegularly({ dataDir, engine, rules, pid, log }: RegularPrune, signal: AbortSignal): Promise<void> {
  const leftAlone = new Conditions();
  for (let round = 0; !signal.aborted; round++) {
    try {
      // An unreachable Redis must not delay the stop.
      const { removed, compressed, left } = await orAborted(pruneRuns({ dataDir, engine, nowMs: Date.now(), pid }, rules), signal);
      for (const { run, bytes, reason } of removed)
        log.info({ event: 'run-removed', run, bytes, reason }, `removed run ${run}, ${shownBytes(bytes)}`);
      for (const { run, beforeBytes, afterBytes } of compressed)
        log.info({ event: 'log-compressed', run, beforeBytes, afterBytes }, `compressed the log of run ${run}`);
      for (const { path, why } of left) {
        if (leftAlone.isNews(why, path)) log.warn({ event: 'run-not-removed', path }, `${path} is not removed: ${why}`);
      }
      if (round % TICKS_EVERY === 0) {
        for (const name of await orAborted(pruneTicks(engine), signal))
          log.info({ event: 'timer-removed', run: name }, `removed the timer of a watch that was killed (its first run was ${name})`);
      }
    } catch (error) {
      if (!signal.aborted) log.warn({ event: 'prune-failed', err: error }, `old runs cannot be removed now: ${(error as Error).message}`);
    }
    await sleep(EVERY_MS, undefined, { signal }).catch(() => {});
  }
}
