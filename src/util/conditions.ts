/** With more conditions than this, all are forgotten. They are then only logged once more. */
const MAX_REMEMBERED = 1_000;

/**
 * Tracks lasting conditions, such as a Redis that refuses writes, so that each is logged only once until it changes or
 * ends.
 */
export class Conditions {
  readonly #known = new Map<string, string>();

  /**
   * Records a condition. True if it is new or has changed, and should be logged.
   *
   * @param of the subject of the condition, if there can be several
   */
  isNews(condition: string, of = ''): boolean {
    if (this.#known.get(of) === condition) return false;
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    this.#known.set(of, condition);
    return true;
  }

  /** Ends the condition. True if there was one. */
  end(of = ''): boolean {
    return this.#known.delete(of);
  }
}
