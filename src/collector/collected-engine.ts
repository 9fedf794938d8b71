import { orAborted } from '../core/or-aborted.ts';
import type { Engine } from '../engine/engine.ts';

/** What a collector asks of an engine. */
export type CollectedEngine = Pick<Engine, 'claim' | 'outcomes' | 'release' | 'restore' | 'counts' | 'options'>;

/**
 * The engine, whose answers are waited for until `signal` aborts: then every question rejects with its reason, those under way as well.
 * `outcomes` has a signal of its own.
 */
export function answeringUntil(engine: CollectedEngine, signal: AbortSignal): CollectedEngine {
  return {
    claim: (run, collector, as) => orAborted(engine.claim(run, collector, as), signal),
    release: (run, upTo, collector) => orAborted(engine.release(run, upTo, collector), signal),
    restore: (run, rows) => orAborted(engine.restore(run, rows), signal),
    counts: (run) => orAborted(engine.counts(run), signal),
    options: (run) => orAborted(engine.options(run), signal),
    outcomes: (run, from, stop) => engine.outcomes(run, from, stop),
  };
}
