import { editDistance } from '../../util/edit-distance.ts';

/** Longer names are not compared. */
const MOST_CHARACTERS = 200;
/** Letters that may differ: more is another name, not a misspelt one. */
const MOST_LETTERS = 4;
const ENDING = /\.[a-z]+$/;

/**
 * Names that hints may look at in a run, by indexing them or comparing them: less than a tenth of a second. A hint must never cost more than the check; a run with
 * thousands of broken links shows hints for the first of them.
 */
const MOST_LOOKED_AT = 100_000;

/** How many names may still be looked at for hints. */
export class HintBudget {
  #left = MOST_LOOKED_AT;

  /** False if that is more than is left: the budget is then spent. */
  take(names: number): boolean {
    const isEnough = names <= this.#left;
    this.#left = isEnough ? this.#left - names : 0;
    return isEnough;
  }

  get isSpent(): boolean {
    return this.#left === 0;
  }
}

/** Many names, among which a misspelt one is looked up. */
export class NameIndex {
  readonly #budget: HintBudget;
  readonly #byPlain = new Map<string, string>();
  readonly #byLength = new Map<number, Array<readonly [plain: string, name: string]>>();

  /** Names beyond the budget are left out. */
  constructor(names: Iterable<string>, budget: HintBudget) {
    this.#budget = budget;
    for (const name of names) {
      if (!budget.take(1)) break;
      this.#add(name, plain(name));
    }
  }

  /**
   * The name that is most like the wanted one, if one is close: one letter in four may differ, four at most, and none in a name of one or two. Case, `_` for `-`, and a missing
   * file ending do not count. Undefined once the budget is spent.
   */
  nearest(name: string): string | undefined {
    if (name.length > MOST_CHARACTERS) return undefined;
    const wanted = plain(name);
    const same = this.#byPlain.get(wanted);
    if (same !== undefined) return same === name ? undefined : same;
    let most = wanted.replace(ENDING, '').length < 3 ? 0 : Math.min(MOST_LETTERS, Math.max(1, Math.floor(name.length / 4)));
    let nearest: string | undefined;
    // Names of other lengths differ by at least the difference of the lengths.
    for (let difference = 0; difference <= most && most > 0; difference++) {
      for (const others of this.#ofLengths(wanted.length, difference)) {
        if (!this.#budget.take(others.length)) return nearest;
        for (const [other, otherName] of others) {
          const distance = editDistance(wanted, other, most);
          if (distance <= most) [nearest, most] = [otherName, distance - 1];
        }
      }
    }
    return nearest;
  }

  #ofLengths(length: number, difference: number): Array<ReadonlyArray<readonly [plain: string, name: string]>> {
    const lengths = difference === 0 ? [length] : [length - difference, length + difference];
    return lengths.map((one) => this.#byLength.get(one) ?? []);
  }

  #add(name: string, plainName: string): void {
    // An exact name wins over one that has an ending more.
    this.#byPlain.set(plainName, name);
    const stem = plainName.replace(ENDING, '');
    if (!this.#byPlain.has(stem)) this.#byPlain.set(stem, name);
    const others = this.#byLength.get(plainName.length);
    if (others === undefined) this.#byLength.set(plainName.length, [[plainName, name]]);
    else others.push([plainName, name]);
  }
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}
