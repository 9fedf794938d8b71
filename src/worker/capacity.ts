import { setTimeout as sleep } from 'node:timers/promises';
import type { Allowance } from '../engine/visit.ts';
import { type ShortageWatch, shortageText } from '../fetch/own-shortage.ts';
import type { Log } from '../model/log.ts';

/** Failures this soon after a cut come from the same burst of requests, and do not cut again. */
const BURST_MS = 200;
/** The allowance grows after this long without a failure. Each time it grew too far, this time doubles, up to `max`. */
const GROW_AFTER_MS = { min: 1_000, max: 30_000 };
/**
 * A visit that hit a shortage waits this long before it ends. Otherwise visits that fail at once would make a busy
 * loop.
 */
const PAUSE_MS = 200;
/**
 * After this long without a successful request, to any host or to one host, give up. Longer than the 60 s for which a
 * used local port stays in TIME_WAIT.
 */
const HOPELESS_AFTER_MS = 75_000;
/** Hosts that are remembered as unreachable because of a shortage. */
const MAX_HOSTS = 1_000;

/** This process cannot open connections, but other processes may be able to: start it again later. Nothing is lost. */
export class ShortageError extends Error {
  override readonly name = 'ShortageError';
  readonly code = 'SHORTAGE';
}

interface CapacityOptions {
  /** Maximum of requests in flight. */
  concurrency: number;
  /** True if no other process works on the engine, so nobody else can fetch what this process cannot. */
  alone: boolean;
  /** See `HOPELESS_AFTER_MS`, the default. */
  hopelessAfterMs?: number;
}

/**
 * How many requests this machine has room for. A shortage of descriptors, ports or memory halves the allowance, at most
 * once per burst of requests. Without further failures it grows by a tenth of the configured concurrency at a time,
 * until it is back there. A step that grew too far is undone. The first cut and the full recovery are logged.
 *
 *     whole ──shortage──► cut ◄──shortage──┐
 *       ▲                  │ quiet         │
 *       └──at concurrency──┴──► growing ───┘
 */
export class Capacity implements Allowance, ShortageWatch {
  readonly #options: CapacityOptions;
  readonly #log: Log;
  readonly #listeners: Array<() => void> = [];
  readonly #hopeless = new AbortController();
  #visits: number;
  #cutAtMs = Number.NEGATIVE_INFINITY;
  #failedAtMs = Number.NEGATIVE_INFINITY;
  #growAfterMs = GROW_AFTER_MS.min;
  /** The last allowance that worked, before it grew. Undefined after a cut. */
  #grewFrom: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  /**
   * Since when every attempt to send a request has failed. A request over a kept-alive connection resets it: while
   * connections work there is no reason to give up.
   */
  #stuckSinceMs: number | undefined;
  /** The same per host: local ports can run out for one destination only. */
  readonly #stuckHosts = new Map<string, number>();

  constructor(options: CapacityOptions, log: Log) {
    this.#options = options;
    this.#log = log;
    this.#visits = options.concurrency;
  }

  get visits(): number {
    return this.#visits;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Aborts with ShortageError when this process could not connect for so long that others should take over. Never
   * aborts if it is alone.
   */
  get hopeless(): AbortSignal {
    return this.#hopeless.signal;
  }

  failed(code: string, host: string): 'wait' | 'final' {
    const nowMs = performance.now();
    this.#failedAtMs = nowMs;
    this.#cut(code, nowMs);
    const { alone, hopelessAfterMs = HOPELESS_AFTER_MS } = this.#options;
    this.#stuckSinceMs ??= nowMs;
    if (nowMs - this.#stuckSinceMs >= hopelessAfterMs) {
      if (alone) return 'final';
      this.#giveUp(code, nowMs - this.#stuckSinceMs);
    }
    return code === 'EADDRNOTAVAIL' && nowMs - this.#hostStuckSinceMs(host, nowMs) >= hopelessAfterMs ? 'final' : 'wait';
  }

  sent(host: () => string): void {
    this.#stuckSinceMs = undefined;
    if (this.#stuckHosts.size > 0) this.#stuckHosts.delete(host());
  }

  /** True if a request failed a moment ago because of a shortage on this machine. */
  get isShort(): boolean {
    return performance.now() - this.#failedAtMs < BURST_MS;
  }

  /** Call this in a visit that gave an entry back because of a shortage, before the visit ends. */
  async pause(): Promise<void> {
    await sleep(PAUSE_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #hostStuckSinceMs(host: string, nowMs: number): number {
    const sinceMs = this.#stuckHosts.get(host);
    if (sinceMs !== undefined) return sinceMs;
    if (this.#stuckHosts.size >= MAX_HOSTS) this.#stuckHosts.clear();
    this.#stuckHosts.set(host, nowMs);
    return nowMs;
  }

  #cut(code: string, nowMs: number): void {
    if (nowMs - this.#cutAtMs < BURST_MS) return;
    const isFirst = this.#timer === undefined;
    this.#cutAtMs = nowMs;
    if (this.#grewFrom === undefined) {
      this.#change(Math.max(1, Math.floor(this.#visits / 2)));
    } else {
      this.#growAfterMs = Math.min(GROW_AFTER_MS.max, 2 * this.#growAfterMs);
      this.#change(this.#grewFrom);
      this.#grewFrom = undefined;
    }
    if (isFirst) this.#log.warn({ event: 'shortage', code, concurrency: this.#visits }, cutText(code));
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#grow(), this.#growAfterMs).unref();
  }

  #grow(): void {
    const { concurrency } = this.#options;
    const nowMs = performance.now();
    const isQuiet = nowMs - this.#failedAtMs >= this.#growAfterMs;
    if (isQuiet) {
      this.#grewFrom = this.#visits;
      this.#change(Math.min(concurrency, this.#visits + Math.ceil(concurrency / 10)));
    }
    if (!isQuiet || this.#visits < concurrency) {
      this.#schedule();
      return;
    }
    this.#timer = undefined;
    this.#grewFrom = undefined;
    this.#growAfterMs = GROW_AFTER_MS.min;
    this.#log.info({ event: 'shortage-over', concurrency }, `connections can be opened again: back to ${concurrency} requests at a time`);
  }

  #change(visits: number): void {
    this.#visits = visits;
    for (const listener of this.#listeners) listener();
  }

  #giveUp(code: string, stuckMs: number): void {
    if (this.#hopeless.signal.aborted) return;
    const message = `this process could not open a connection for ${Math.round(stuckMs / 1_000)} s, so it leaves its URLs to others: ${shortageText(code)} (${code})`;
    this.#hopeless.abort(new ShortageError(message));
  }
}

function cutText(code: string): string {
  return `making fewer requests at a time until connections can be opened again; no URL fails because of this: ${shortageText(code)} (${code})`;
}
