import { editDistance } from '../../util/edit-distance.ts';

/** Longer names are not compared. */
const MAX_CHARS = 200;
/** Maximum of differing letters: with more, it is another name and not a misspelling. */
const MAX_DIFFERENCES = 4;
const EXTENSION = /\.[a-z]+$/;

/**
 * How many names all hints of a run together may index or compare, which takes less than a tenth of a second. Hints
 * must never cost more than the check itself. A run with thousands of broken links shows hints only for the first ones.
 */
const MAX_NAMES = 100_000;

/** The remaining number of names that may be indexed or compared for hints. */
export class HintBudget {
  #left = MAX_NAMES;

  /** Takes a number of names from the budget. Returns false, and empties the budget, if less is left. */
  take(names: number): boolean {
    const isEnough = names <= this.#left;
    this.#left = isEnough ? this.#left - names : 0;
    return isEnough;
  }

  get isSpent(): boolean {
    return this.#left === 0;
  }
}

/** An index of names, to find the one that a misspelt name means. */
export class NameIndex {
  readonly #budget: HintBudget;
  readonly #byNormalised = new Map<string, string>();
  readonly #byLength = new Map<number, Array<readonly [normalised: string, name: string]>>();

  /** Names beyond the budget are not indexed. */
  constructor(names: Iterable<string>, budget: HintBudget) {
    this.#budget = budget;
    for (const name of names) {
      if (!budget.take(1)) break;
      this.#add(name, normalised(name));
    }
  }

  /**
   * Returns the name that is most similar to the given one, if one is close: one letter in four may differ, at most
   * four, and none in a name of one or two letters. Case, `_` instead of `-`, and a missing file extension do not count
   * as differences. Returns undefined once the budget is spent.
   */
  nearest(name: string): string | undefined {
    if (name.length > MAX_CHARS) return undefined;
    const wanted = normalised(name);
    const same = this.#byNormalised.get(wanted);
    if (same !== undefined) return same === name ? undefined : same;
    let maxDistance = wanted.replace(EXTENSION, '').length < 3 ? 0 : Math.min(MAX_DIFFERENCES, Math.max(1, Math.floor(name.length / 4)));
    let nearest: string | undefined;
    // The edit distance is at least the difference of the lengths, so the search starts with equal lengths.
    for (let difference = 0; difference <= maxDistance && maxDistance > 0; difference++) {
      for (const others of this.#ofLengths(wanted.length, difference)) {
        if (!this.#budget.take(others.length)) return nearest;
        for (const [other, otherName] of others) {
          const distance = editDistance(wanted, other, maxDistance);
          if (distance <= maxDistance) [nearest, maxDistance] = [otherName, distance - 1];
        }
      }
    }
    return nearest;
  }

  #ofLengths(length: number, difference: number): Array<ReadonlyArray<readonly [normalised: string, name: string]>> {
    const lengths = difference === 0 ? [length] : [length - difference, length + difference];
    return lengths.map((one) => this.#byLength.get(one) ?? []);
  }

  #add(name: string, normalisedName: string): void {
    // An exact name takes precedence over one with an additional extension.
    this.#byNormalised.set(normalisedName, name);
    const stem = normalisedName.replace(EXTENSION, '');
    if (!this.#byNormalised.has(stem)) this.#byNormalised.set(stem, name);
    const others = this.#byLength.get(normalisedName.length);
    if (others === undefined) this.#byLength.set(normalisedName.length, [[normalisedName, name]]);
    else others.push([normalisedName, name]);
  }
}

function normalised(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}
