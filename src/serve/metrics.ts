import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Registry } from 'prom-client';
import type { RunStanding, Snapshot, Totals } from './snapshots.ts';
import { waitingOf } from './views.ts';

const STATES = ['open', 'running', 'paused', 'ended', 'cancelled'] as const;

/** Metrics for Prometheus. Their number does not depend on runs, origins or URLs. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #delay: IntervalHistogram;
  readonly #rssBytes: () => number;
  readonly #gauges = new Map<string, Gauge>();
  readonly #settled = this.#counter('trawl_urls_settled_total', 'URLs that got a result, by the class of their verdict', ['class']);
  readonly #retries = this.#counter('trawl_retries_total', 'Attempts that were retried');
  readonly #runs = new Gauge({ name: 'trawl_runs', help: 'Runs that Redis knows', labelNames: ['state'], registers: [this.#registry] });
  #counted: Totals = { ok: 0, failed: 0, skipped: 0, retries: 0 };

  constructor(rssBytes: () => number) {
    this.#rssBytes = rssBytes;
    this.#delay = monitorEventLoopDelay({ resolution: 20 });
    this.#delay.enable();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  close(): void {
    this.#delay.disable();
  }

  /** The text of the exposition format. */
  async text(snapshot: Snapshot): Promise<string> {
    this.#count(snapshot.totals);
    this.#setProcess();
    this.#setDeployment(snapshot);
    return this.#registry.metrics();
  }

  #count(totals: Totals): void {
    for (const name of ['ok', 'failed', 'skipped'] as const) {
      this.#settled.inc({ class: name }, Math.max(0, totals[name] - this.#counted[name]));
    }
    this.#retries.inc(Math.max(0, totals.retries - this.#counted.retries));
    this.#counted = totals;
  }

  #setDeployment({ away, runs, throttled, facts, latencyMs }: Snapshot): void {
    const total = (of: (standing: RunStanding) => number) => runs.reduce((sum, standing) => sum + of(standing), 0);
    for (const state of STATES) this.#runs.set({ state }, runs.filter((standing) => standing.state === state).length);
    this.#set('trawl_redis_up', '1 if Redis responds; if it is 0, the other values are old', away === undefined ? 1 : 0);
    this.#set('trawl_entries_waiting', 'Entries that wait in the frontiers of all runs', total(waitingOf));
    this.#set(
      'trawl_origins_ready',
      'Origins that a worker could visit now: the backlog to scale workers by',
      total(({ backlog }) => backlog.readyOrigins),
    );
    this.#set('trawl_origins_throttled', 'Origins that get fewer requests than runs allow', throttled.length);
    this.#set(
      'trawl_entries_in_flight',
      'Entries that workers have taken and not settled',
      total(({ counts }) => counts.inFlight),
    );
    this.#set(
      'trawl_batches_queued',
      'Batches of lines that are not in a frontier yet',
      total(({ backlog }) => backlog.queuedBatches),
    );
    this.#set(
      'trawl_outcomes_unreleased',
      'Results that no collector has written to disk yet',
      total(({ counts }) => counts.unreleased),
    );
    this.#set('trawl_workers', 'Live worker processes', facts.workers.length);
    this.#set(
      'trawl_worker_slots',
      'Requests that live workers can make at a time',
      facts.workers.reduce((sum, { slots }) => sum + slots, 0),
    );
    this.#set('trawl_redis_memory_bytes', 'Memory that Redis uses', facts.redis?.usedBytes ?? 0);
    this.#set('trawl_redis_memory_limit_bytes', 'Memory that Redis may use; 0 without a limit', facts.redis?.maxBytes ?? 0);
    this.#set('trawl_redis_latency_seconds', 'Round-trip time of one command', latencyMs / 1_000);
  }

  #setProcess(): void {
    this.#set('process_resident_memory_bytes', 'Resident memory of this process', this.#rssBytes());
    this.#set(
      'nodejs_eventloop_delay_p50_seconds',
      'Median delay of the event loop since the last scrape',
      this.#delay.percentile(50) / 1e9,
    );
    this.#set(
      'nodejs_eventloop_delay_p99_seconds',
      '99th percentile of the delay of the event loop since the last scrape',
      this.#delay.percentile(99) / 1e9,
    );
    this.#delay.reset();
  }

  #set(name: string, help: string, value: number): void {
    const gauge = this.#gauges.get(name) ?? new Gauge({ name, help, registers: [this.#registry] });
    this.#gauges.set(name, gauge);
    gauge.set(value);
  }

  #counter(name: string, help: string, labelNames: string[] = []): Counter {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }
}
