/** Entries that a visit has not started this long after it checked them out go back, even while a slow fetch continues. */
export const ROUND_MS = 250;
/** As many entries are checked out as are fetched in this time, so that few of them go back. */
const PLANNED_MS = 200;
/** The most entries of one checkout. */
export const MAX_ROUND_ENTRIES = 50;

/** While another run may be waiting for a slot, a visit begins no round after this long. */
const SHARED_VISIT_MS = 250;
/** No visit begins a round after this long. */
const MAX_VISIT_MS = 2_000;

/** True if a visit of this age may begin another round. */
export function mayBeginRound(ageMs: number, othersWait: boolean): boolean {
  return ageMs < (othersWait ? SHARED_VISIT_MS : MAX_VISIT_MS);
}

/** How many entries of a run one checkout takes, judged by the latest round of any of its visits in this process. */
export class RoundSize {
  #entries = MAX_ROUND_ENTRIES;

  get entries(): number {
    return this.#entries;
  }

  /**
   * @param started how many entries a round started
   * @param tookMs how long the round took until the last of them was settled, in milliseconds
   */
  record(started: number, tookMs: number): void {
    if (started === 0) return;
    const fitting = Math.floor((PLANNED_MS * started) / tookMs);
    this.#entries = Math.max(1, Math.min(MAX_ROUND_ENTRIES, fitting));
  }
}
