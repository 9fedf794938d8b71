import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../engine/engine.ts';
import type { Log } from '../model/log.ts';
import { redisRemedy } from '../model/redis-refusal.ts';
import { orAborted } from '../util/async.ts';
import { Conditions } from '../util/conditions.ts';

/** The part of an engine that a collector uses. */
export type CollectedEngine = Pick<Engine, 'claim' | 'leave' | 'outcomes' | 'release' | 'restore' | 'counts' | 'options'>;

/** Interval of retries while Redis refuses. */
const RETRY_MS = 500;

interface RetryOptions {
  /**
   * When it aborts, every call rejects with its reason, including calls in progress. `outcomes` has a signal of its
   * own.
   */
  answers: AbortSignal;
  /**
   * While Redis refuses commands (it is full, cannot save, or has lost its replicas), calls are retried until this
   * aborts: outcomes of finished fetches are worth waiting for.
   */
  stop: AbortSignal;
  log: Log;
}

/** Returns the engine with calls that are retried while Redis refuses them. */
export function askPatiently(engine: CollectedEngine, options: RetryOptions): CollectedEngine {
  const refusals = new Conditions();
  const retrying = async <T>(call: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        const answer = await orAborted(call(), options.answers);
        refusals.end();
        return answer;
      } catch (error) {
        const remedy = error instanceof Error ? redisRemedy(error.message) : undefined;
        if (remedy === undefined || options.stop.aborted) throw error;
        if (refusals.isNews(remedy))
          options.log.warn({ event: 'redis-refuses', err: error }, `the collector is waiting for Redis: ${remedy}`);
        await sleep(RETRY_MS, undefined, { signal: options.stop }).catch(() => {});
      }
    }
  };
  return {
    claim: (run, collector, as) => retrying(() => engine.claim(run, collector, as)),
    leave: (run, collector) => retrying(() => engine.leave(run, collector)),
    release: (run, upTo, collector) => retrying(() => engine.release(run, upTo, collector)),
    restore: (run, rows) => retrying(() => engine.restore(run, rows)),
    counts: (run) => retrying(() => engine.counts(run)),
    options: (run) => retrying(() => engine.options(run)),
    outcomes: (run, from, stop) => engine.outcomes(run, from, stop),
  };
}
