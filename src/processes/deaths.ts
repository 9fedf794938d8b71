import type { Entry } from '../model/entry.ts';
import type { RunId } from '../model/run-id.ts';

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
