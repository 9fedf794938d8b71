import { Registry } from 'prom-client';
import type { VerdictClass } from '../model/verdict.ts';
import { DEPLOYMENT, LABEL_VALUES } from './definitions.ts';
import { instruments } from './instruments.ts';

/** The state of all runs at one moment. */
export interface DeploymentFigures {
  redisIsUp: boolean;
  runs: Readonly<Record<(typeof LABEL_VALUES.state)[number], number>>;
  entriesWaiting: number;
  originsReady: number;
  originsThrottled: number;
  entriesInFlight: number;
  batchesQueued: number;
  outcomesUnreleased: number;
  workers: number;
  workerSlots: number;
  workerSlotsBusy: number;
  /** Never decrease. */
  totals: Readonly<Record<VerdictClass | 'retries', number>>;
  /** Absent without Redis. */
  redis?: { memoryBytes: number; memoryLimitBytes: number };
  latencyMs: number;
}

/** The metrics of the deployment. The caller reads the figures. */
export class DeploymentMetrics {
  readonly registry = new Registry();
  readonly #metrics = instruments(DEPLOYMENT, this.registry);
  #counted = { ok: 0, failed: 0, skipped: 0, retries: 0 };

  update(figures: DeploymentFigures): void {
    const metrics = this.#metrics;
    const { totals, redis } = figures;
    for (const name of LABEL_VALUES.class) metrics.urlsSettled.inc({ class: name }, Math.max(0, totals[name] - this.#counted[name]));
    metrics.retries.inc(Math.max(0, totals.retries - this.#counted.retries));
    this.#counted = { ...totals };
    for (const state of LABEL_VALUES.state) metrics.runs.set({ state }, figures.runs[state]);
    metrics.redisUp.set(figures.redisIsUp ? 1 : 0);
    metrics.entriesWaiting.set(figures.entriesWaiting);
    metrics.originsReady.set(figures.originsReady);
    metrics.originsThrottled.set(figures.originsThrottled);
    metrics.entriesInFlight.set(figures.entriesInFlight);
    metrics.batchesQueued.set(figures.batchesQueued);
    metrics.outcomesUnreleased.set(figures.outcomesUnreleased);
    metrics.workers.set(figures.workers);
    metrics.workerSlots.set(figures.workerSlots);
    metrics.workerSlotsBusy.set(figures.workerSlotsBusy);
    metrics.redisMemory.set(redis?.memoryBytes ?? 0);
    metrics.redisMemoryLimit.set(redis?.memoryLimitBytes ?? 0);
    metrics.redisLatency.set(figures.latencyMs / 1_000);
  }
}
