import { setTimeout as sleep } from 'node:timers/promises';
import type { Entry } from '../model/entry.ts';
import type { Log } from '../model/log.ts';
import type { RunId } from '../model/run-id.ts';
import type { WorkChild } from './work-child.ts';

/**
 * Delay before a process that died is replaced. It doubles each time, and starts again from `min` after a process that
 * lived for a minute.
 */
const RESTART_MS = { min: 100, max: 10_000 };
const LONG_LIFE_MS = 60_000;
/** After this many processes in a row that died before they were ready, the machine probably has no room for them. */
const MAX_UNREADY = 3;

/** No further process can be started. */
export class NoProcessError extends Error {
  override readonly name = 'NoProcessError';
}

interface KeptChild {
  start(): WorkChild;
  /** Called when a child died: it exited without being told to, or was killed. */
  onDeath?: (child: WorkChild) => void;
  log: Log;
}

/**
 * Keeps one process running until the signal aborts, by replacing it when it dies. Resolves when the last one has
 * ended; the caller must stop that one. Rejects with the error of a process that reported that it cannot go on, and
 * with NoProcessError if no process becomes ready.
 */
export async function keepChild({ start, onDeath, log }: KeptChild, signal: AbortSignal): Promise<void> {
  let delayMs = RESTART_MS.min;
  let unready = 0;
  while (!signal.aborted) {
    const sinceMs = performance.now();
    const child = start();
    const end = await child.ended;
    if (end.kind === 'failed') throw end.error;
    if (end.kind === 'done') return;
    onDeath?.(child);
    if (signal.aborted) return;
    unready = child.wasReady ? 0 : unready + 1;
    if (unready >= MAX_UNREADY) throw new NoProcessError(`cannot start another process: ${end.how}`);
    if (performance.now() - sinceMs >= LONG_LIFE_MS) delayMs = RESTART_MS.min;
    const text = `a fetching process ended (${end.how}); another one replaces it, and its URLs are fetched again`;
    // Of deaths in quick succession only the first is a warning.
    log[delayMs === RESTART_MS.min ? 'warn' : 'debug']({ event: 'process-died' }, text);
    await sleep(delayMs, undefined, { signal }).catch(() => {});
    delayMs = Math.min(RESTART_MS.max, delayMs * 2);
  }
}

/**
 * An entry that was being fetched at this many deaths of processes is fetched alone from then on. One death means
 * nothing: processes are killed for many reasons.
 */
const SUSPECT_AFTER = 2;
/** After this many deaths while it was fetched alone, an entry is not fetched again. The same number as on Redis. */
const MAX_STRIKES = 3;

/** Counts, for each entry, the deaths of processes that were fetching it (`docs/decisions/0006`). */
export class Deaths {
  readonly #deaths = new Map<string, { deaths: number; strikes: number }>();

  /** True if a process died while it had the entry, even if it may not have been fetching it. */
  isKnown(run: RunId, { key }: Entry): boolean {
    return this.#deaths.size > 0 && this.#deaths.has(`${run} ${key}`);
  }

  /** Remembers that a process died before it settled the entry, but was probably fetching another one. */
  note(run: RunId, { key }: Entry): void {
    const id = `${run} ${key}`;
    if (!this.#deaths.has(id)) this.#deaths.set(id, { deaths: 0, strikes: 0 });
  }

  /** True if the entry must be fetched alone. */
  isSuspect(run: RunId, { key }: Entry): boolean {
    return (this.#deaths.get(`${run} ${key}`)?.deaths ?? 0) >= SUSPECT_AFTER;
  }

  /**
   * Counts the death of a process that was fetching the entry. Returns the number of deaths while it was fetched alone,
   * if that number is too high; undefined if the entry may be fetched again.
   */
  count(run: RunId, { key }: Entry, isAlone: boolean): number | undefined {
    const { deaths, strikes } = this.#deaths.get(`${run} ${key}`) ?? { deaths: 0, strikes: 0 };
    const counted = { deaths: deaths + 1, strikes: strikes + (isAlone ? 1 : 0) };
    this.#deaths.set(`${run} ${key}`, counted);
    if (counted.strikes < MAX_STRIKES) return undefined;
    this.#deaths.delete(`${run} ${key}`);
    return counted.strikes;
  }

  /** Forgets the deaths of an entry, because a process has fetched it without dying. */
  forget(run: RunId, { key }: Entry): void {
    if (this.#deaths.size > 0) this.#deaths.delete(`${run} ${key}`);
  }
}
