import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { cpuUsage, memoryUsage } from 'node:process';
import { Registry } from 'prom-client';
import { type LogStep, MEASURES, type MeasuredFetch } from '../model/measures.ts';
import type { Timings } from '../model/outcome.ts';
import { VERDICT_CLASS, verdictClass } from '../model/verdict.ts';
import { VERSION } from '../options/product.ts';
import { COLLECTOR, type LABEL_VALUES, PROCESS, shows, WORKER } from './definitions.ts';
import { instruments } from './instruments.ts';
import type { WrittenMetrics } from './merged-metrics.ts';

const RESOLUTION_MS = 10;
const WINDOW_MS = 15_000;

type Phase = (typeof LABEL_VALUES.phase)[number];

export interface ProcessMetricsOptions {
  /** Decides which groups are shown; see `METRIC_GROUPS`. */
  command: string;
  /** Requests that the command may make at a time, in all its processes together. 0 in a child process, so that the sum is right. */
  concurrency: number;
}

/** The metrics of this process, counted from its construction until `close`. */
export class ProcessMetrics {
  readonly #registry = new Registry();
  readonly #subscriptions: Array<() => void> = [];
  /** Called before each read, to set values that are measured only then. */
  readonly #refreshers: Array<() => void> = [];
  readonly #delay = new LoopDelay();

  constructor({ command, concurrency }: ProcessMetricsOptions) {
    if (shows(command, WORKER)) this.#countFetches(concurrency);
    if (shows(command, COLLECTOR)) this.#countRows();
    this.#watchProcess();
  }

  /** The present values, in the form that prom-client can merge. */
  async read(): Promise<WrittenMetrics> {
    for (const refresh of this.#refreshers) refresh();
    return (await this.#registry.getMetricsAsJSON()) as unknown as WrittenMetrics;
  }

  close(): void {
    for (const unsubscribe of this.#subscriptions) unsubscribe();
    this.#delay.close();
  }

  #countFetches(concurrency: number): void {
    const metrics = instruments(WORKER, this.#registry);
    metrics.concurrency.set(concurrency);
    for (const [verdict, verdictIsOf] of Object.entries(VERDICT_CLASS)) metrics.settled.inc({ class: verdictIsOf, verdict }, 0);
    const ended = (fetched: MeasuredFetch) => {
      metrics.inFlight.dec();
      metrics.fetches.inc({ result: fetched.kind });
      if (fetched.latencyMs !== undefined) metrics.duration.observe(fetched.latencyMs / 1_000);
      for (const [phase, tookMs] of phasesOf(fetched.timings)) metrics.phase.observe({ phase }, tookMs / 1_000);
      metrics.wireBytes.inc(fetched.wireBytes ?? 0);
      metrics.bodyBytes.inc(fetched.sizeBytes ?? 0);
    };
    this.#subscriptions.push(
      MEASURES.fetchBegan.subscribe(() => metrics.inFlight.inc()),
      MEASURES.fetchEnded.subscribe(ended),
      MEASURES.settled.subscribe((verdict) => metrics.settled.inc({ class: verdictClass(verdict), verdict })),
      MEASURES.retried.subscribe(() => metrics.retries.inc()),
      MEASURES.visitLost.subscribe(() => metrics.visitsLost.inc()),
    );
  }

  #countRows(): void {
    const metrics = instruments(COLLECTOR, this.#registry);
    /** For each run, since when it has had rows that no checkpoint covers. */
    const unsavedSinceMs = new Map<string, number>();
    const take = (run: string, step: LogStep) => {
      if (step.kind === 'opened') metrics.runs.inc();
      else if (step.kind === 'appended') unsavedSinceMs.set(run, unsavedSinceMs.get(run) ?? performance.now());
      else unsavedSinceMs.delete(run);
      if (step.kind === 'closed') metrics.runs.dec();
      if (step.kind !== 'saved') return;
      metrics.rows.inc(step.rows);
      metrics.bytes.inc(step.bytes);
      metrics.checkpoint.observe(step.tookMs / 1_000);
      if (!step.isComplete) unsavedSinceMs.set(run, performance.now() - step.tookMs);
    };
    this.#subscriptions.push(MEASURES.log.subscribe(({ run, step }) => take(run, step)));
    this.#refreshers.push(() => {
      const nowMs = performance.now();
      metrics.checkpointAge.set((nowMs - Math.min(nowMs, ...unsavedSinceMs.values())) / 1_000);
    });
  }

  #watchProcess(): void {
    const metrics = instruments(PROCESS, this.#registry);
    metrics.build.set({ version: VERSION }, 1);
    metrics.started.set(performance.timeOrigin / 1_000);
    this.#subscriptions.push(MEASURES.scriptRan.subscribe(({ script, tookMs }) => metrics.script.observe({ script }, tookMs / 1_000)));
    let counted = { user: 0, system: 0 };
    this.#refreshers.push(() => {
      metrics.rss.set(memoryUsage.rss());
      const used = cpuUsage();
      metrics.cpu.inc((used.user - counted.user + used.system - counted.system) / 1e6);
      counted = used;
      const { p50Seconds, p99Seconds } = this.#delay.read();
      metrics.delayP50.set(p50Seconds);
      metrics.delayP99.set(p99Seconds);
    });
  }
}

/** The phases that occurred. Opening a tunnel through a proxy counts as connecting. */
function phasesOf({ dnsMs, connectMs, proxyMs, tlsMs, ttfbMs, downloadMs }: Timings = {}): Array<[phase: Phase, tookMs: number]> {
  const connecting = connectMs === undefined ? proxyMs : connectMs + (proxyMs ?? 0);
  const phases: Array<[Phase, number | undefined]> = [
    ['dns', dnsMs],
    ['connect', connecting],
    ['tls', tlsMs],
    ['first_byte', ttfbMs],
    ['body', downloadMs],
  ];
  return phases.filter((phase): phase is [Phase, number] => phase[1] !== undefined);
}

interface Delays {
  p50Seconds: number;
  p99Seconds: number;
}

/** Measures how late timers are. It looks back over two windows, so that every scrape sees a short stall, even if there are several scrapers. */
class LoopDelay {
  readonly #delay: IntervalHistogram;
  readonly #turn: NodeJS.Timeout;
  #before: Delays = { p50Seconds: 0, p99Seconds: 0 };

  constructor() {
    this.#delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#delay.enable();
    this.#turn = setInterval(() => {
      this.#before = this.#window();
      this.#delay.reset();
    }, WINDOW_MS);
    this.#turn.unref();
  }

  read(): Delays {
    const now = this.#window();
    return {
      p50Seconds: Math.max(now.p50Seconds, this.#before.p50Seconds),
      p99Seconds: Math.max(now.p99Seconds, this.#before.p99Seconds),
    };
  }

  close(): void {
    clearInterval(this.#turn);
    this.#delay.disable();
  }

  /** Node measures the time from one timer to the next. Subtracting the wanted time gives the delay. */
  #window(): Delays {
    const seconds = (percentile: number) => Math.max(0, this.#delay.percentile(percentile) / 1e9 - RESOLUTION_MS / 1e3);
    return { p50Seconds: seconds(50), p99Seconds: seconds(99) };
  }
}
