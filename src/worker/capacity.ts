import { setTimeout as sleep } from 'node:timers/promises';
import type { Allowance } from '../engine/engine.ts';
import { type ShortageWatch, shortageText } from '../fetch/own-shortage.ts';
import type { Log } from '../model/log.ts';

/** Failures within this time of a cut belong to the crowd that caused it, and cut no further. */
const ROUND_MS = 200;
/** The allowance grows after this time without a failure. Each time it grew too far it takes twice as long, up to the most. */
const GROW_AFTER_MS = { least: 1_000, most: 30_000 };
/** A visit that ran short waits before it ends: one that fails at once would otherwise do nothing else. */
const PAUSE_MS = 200;
/** After so long without a single request, to anyone or to one host, another try is not worth it. More than the 60 s for which a used local port stays taken. */
const HOPELESS_AFTER_MS = 75_000;
/** Hosts of which it is known since when no request can be made to them. */
const MOST_HOSTS = 1_000;

/** This process cannot open connections, and others may: start it again when it can. Nothing is lost. */
export class ShortageError extends Error {
  override readonly name = 'ShortageError';
  readonly code = 'SHORTAGE';
}

interface CapacityOptions {
  /** Requests in flight at most. */
  concurrency: number;
  /** No other process can take what this one cannot fetch. */
  alone: boolean;
  hopelessAfterMs?: number;
}

/**
 * How many requests this machine has room for. A shortage of descriptors, ports or memory halves the allowance, at most once for each crowd of requests.
 * After a while without one it grows by a tenth of the configured concurrency at a time, until it is back there; a step too far is taken back. It is logged
 * when it is cut for the first time and when it is whole again.
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
  #growAfterMs = GROW_AFTER_MS.least;
  /** The allowance that sufficed before it grew, until the next cut. */
  #grewFrom: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Since when no request at all was made, though some were tried. One over a kept connection counts: connections that work are no reason to give up. */
  #stuckSinceMs: number | undefined;
  /** The same by host, for what is short for one destination only. */
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

  /** Aborts with ShortageError when this process has not been able to connect for so long that others should take over. Never if it is alone. */
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

  /** A request failed a moment ago for lack of something here. */
  get isShort(): boolean {
    return performance.now() - this.#failedAtMs < ROUND_MS;
  }

  /** For a visit that gave an entry back because of a shortage. */
  async pause(): Promise<void> {
    await sleep(PAUSE_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #hostStuckSinceMs(host: string, nowMs: number): number {
    const sinceMs = this.#stuckHosts.get(host);
    if (sinceMs !== undefined) return sinceMs;
    if (this.#stuckHosts.size >= MOST_HOSTS) this.#stuckHosts.clear();
    this.#stuckHosts.set(host, nowMs);
    return nowMs;
  }

  #cut(code: string, nowMs: number): void {
    if (nowMs - this.#cutAtMs < ROUND_MS) return;
    const isFirst = this.#timer === undefined;
    this.#cutAtMs = nowMs;
    if (this.#grewFrom === undefined) {
      this.#change(Math.max(1, Math.floor(this.#visits / 2)));
    } else {
      this.#growAfterMs = Math.min(GROW_AFTER_MS.most, 2 * this.#growAfterMs);
      this.#change(this.#grewFrom);
      this.#grewFrom = undefined;
    }
    if (isFirst) this.#log.warn({ code, concurrency: this.#visits }, cutText(code));
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
    this.#growAfterMs = GROW_AFTER_MS.least;
    this.#log.info({ concurrency }, `connections can be opened again: ${concurrency} requests at a time, as before`);
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
