import { setTimeout as sleep } from 'node:timers/promises';
import type { Entry } from '../model/entry.ts';
import type { Log } from '../model/log.ts';
import type { RunId } from '../model/run-id.ts';
import type { WorkChild } from './work-child.ts';

/** A process that died is replaced after so long, and each time it lived for less than a minute after twice as long. */
const AGAIN_MS = { least: 100, most: 10_000 };
const LONG_LIFE_MS = 60_000;
/** A machine on which so many in a row ended before they were ready has no room for them. */
const MOST_UNREADY = 3;

/** No process can be started. */
export class NoProcessError extends Error {
  override readonly name = 'NoProcessError';
}

interface KeptChild {
  start(): WorkChild;
  /** A child ended by itself, or was killed. */
  onDeath?: (child: WorkChild) => void;
  log: Log;
}

/**
 * Keeps one process going until the signal aborts, by replacing it when it dies; resolves when the last one has ended. Whoever starts it stops it. Rejects with the error of a process that
 * said that it cannot go on, and with NoProcessError if none becomes ready.
 */
export async function keepChild({ start, onDeath, log }: KeptChild, signal: AbortSignal): Promise<void> {
  let againMs = AGAIN_MS.least;
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
    if (unready >= MOST_UNREADY) throw new NoProcessError(`cannot start another process: ${end.how}`);
    if (performance.now() - sinceMs >= LONG_LIFE_MS) againMs = AGAIN_MS.least;
    const text = `a fetching process ended (${end.how}); another one replaces it, and its URLs are fetched again`;
    // Of deaths in quick succession the first is told.
    log[againMs === AGAIN_MS.least ? 'warn' : 'debug']({}, text);
    await sleep(againMs, undefined, { signal }).catch(() => {});
    againMs = Math.min(AGAIN_MS.most, againMs * 2);
  }
}

/** An entry that was in hand at so many deaths of processes is fetched alone from then on. The first means nothing: processes are killed for many reasons. */
const SUSPECT_AFTER = 2;
/** So many deaths while it was fetched alone, and it is not fetched again. The same as on Redis. */
const MOST_STRIKES = 3;

/** Which entries were in hand when processes died (`docs/decisions/0006`). */
export class Deaths {
  readonly #deaths = new Map<string, { met: number; strikes: number }>();

  isSuspect(run: RunId, { key }: Entry): boolean {
    return (this.#deaths.get(`${run} ${key}`)?.met ?? 0) >= SUSPECT_AFTER;
  }

  /** A process died with the entry in hand. How often that happened while it was fetched alone, if that is enough; undefined if it is to be fetched again. */
  count(run: RunId, { key }: Entry, isAlone: boolean): number | undefined {
    const { met, strikes } = this.#deaths.get(`${run} ${key}`) ?? { met: 0, strikes: 0 };
    const counted = { met: met + 1, strikes: strikes + (isAlone ? 1 : 0) };
    this.#deaths.set(`${run} ${key}`, counted);
    if (counted.strikes < MOST_STRIKES) return undefined;
    this.#deaths.delete(`${run} ${key}`);
    return counted.strikes;
  }

  /** Its process lived. */
  forget(run: RunId, { key }: Entry): void {
    if (this.#deaths.size > 0) this.#deaths.delete(`${run} ${key}`);
  }
}
