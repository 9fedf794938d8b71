/** With more than this, all are forgotten: they are only logged once more. */
const MOST_REMEMBERED = 1_000;

/** Conditions that last, such as a Redis that refuses writes: each is logged once, until it changes or ends. */
export class Conditions {
  readonly #known = new Map<string, string>();

  /** True if the condition was not there, or was another: log it. @param of what has the condition, if there can be several */
  isNews(condition: string, of = ''): boolean {
    if (this.#known.get(of) === condition) return false;
    if (this.#known.size >= MOST_REMEMBERED) this.#known.clear();
    this.#known.set(of, condition);
    return true;
  }

  /** The condition is over. True if it had been there. */
  end(of = ''): boolean {
    return this.#known.delete(of);
  }
}
