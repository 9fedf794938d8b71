import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../engine/engine.ts';
import type { Log } from '../model/log.ts';
import { redisRemedy } from '../model/redis-refusal.ts';
import { orAborted } from '../util/async.ts';
import { Conditions } from '../util/conditions.ts';

/** What a collector asks of an engine. */
export type CollectedEngine = Pick<Engine, 'claim' | 'leave' | 'outcomes' | 'release' | 'restore' | 'counts' | 'options'>;

/** An engine that refuses is asked again so often. */
const ASK_AGAIN_MS = 500;

interface Asking {
  /** Answers are waited for until it aborts: then every question rejects with its reason, those under way as well. `outcomes` has a signal of its own. */
  answers: AbortSignal;
  /** While Redis refuses (it is full, cannot save, has lost its replicas), it is asked again until this aborts: what was fetched is worth waiting with. */
  stop: AbortSignal;
  log: Log;
}

/** The engine, asked with patience. */
export function askPatiently(engine: CollectedEngine, asking: Asking): CollectedEngine {
  const refusals = new Conditions();
  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        const answer = await orAborted(question(), asking.answers);
        refusals.end();
        return answer;
      } catch (error) {
        const remedy = error instanceof Error ? redisRemedy(error.message) : undefined;
        if (remedy === undefined || asking.stop.aborted) throw error;
        if (refusals.isNews(remedy))
          asking.log.warn({ event: 'redis-refuses', err: error }, `the collector is waiting for Redis: ${remedy}`);
        await sleep(ASK_AGAIN_MS, undefined, { signal: asking.stop }).catch(() => {});
      }
    }
  };
  return {
    claim: (run, collector, as) => ask(() => engine.claim(run, collector, as)),
    leave: (run, collector) => ask(() => engine.leave(run, collector)),
    release: (run, upTo, collector) => ask(() => engine.release(run, upTo, collector)),
    restore: (run, rows) => ask(() => engine.restore(run, rows)),
    counts: (run) => ask(() => engine.counts(run)),
    options: (run) => ask(() => engine.options(run)),
    outcomes: (run, from, stop) => engine.outcomes(run, from, stop),
  };
}
