import type { Outcome } from '../../model/outcome.ts';
import { fragmentName, idsForName } from '../../model/url/fragment-name.ts';
import { verdictClass } from '../../model/verdict.ts';
import { KeySet } from '../../util/key-map.ts';
import { readOutcomes } from '../read-outcomes.ts';
import { whereFrom } from '../row-words.ts';
import { AnchorKeys } from './anchor-keys.ts';
import { PageList } from './page-list.ts';

/** A `#fragment` that is pointed at, and is not there. */
export interface MissingFragment {
  /** Of the page that lacks it. */
  url: string;
  /** As it stands in the links, without its `#`. */
  fragment: string;
  /** Where such links stand, sorted: pages, or places in a source such as `README.md:12`. */
  readonly places: PageList;
  /** The one met first, where it is a place in a source. */
  at?: { source?: string; line: number };
  /** It was missing in the baseline too. */
  known?: boolean;
}

/** What became of the fragments in the links of a run. */
export interface FragmentFindings {
  /** Distinct targets `url#fragment` on pages that came and are HTML. */
  checked: number;
  /** Of those, the ones that are not there. */
  missingTotal: number;
  /** Links with a fragment that were not checked: a page has more of them than its row holds. Absent if there are none. */
  unchecked?: number;
  /** Of those that are missing, the ones that were missing in the baseline too. Absent without a baseline. */
  known?: number;
  /** Sorted by target; those first met in the log where they are very many. */
  missing: readonly MissingFragment[];
}

/** Missing fragments that are kept. */
const MAX_MISSING = 10_000;
/** A page that tells of as many anchors may have more. */
const MAX_ANCHORS = 100_000;
/** Characters that one takes in a row. */
const ANCHOR_CHARS = 8;

/**
 * Checks that what the fragments of links point at is there, in three passes over the log: one notes which pages are pointed into, one takes their anchors, one looks for the
 * fragments. Takes about 20 bytes for each anchor of those pages, and for each distinct target.
 *
 * A page that did not come, is not HTML, or was cut is not held to lack anything. A target that was redirected is judged by the page that it led to, and by the fragment of
 * the `Location` where that has one: it replaces the link's (RFC 9110 section 10.2.2).
 *
 * @param sources names of the run's sources
 * @param endBytes the log is read up to here; without it, to its end
 * @throws UsageError as `readOutcomes` does
 */
export async function checkFragments(file: string, sources: readonly string[], endBytes?: number): Promise<FragmentFindings> {
  const range = endBytes === undefined ? {} : { endBytes };
  const anchors = new AnchorKeys();
  for await (const { fragments = [] } of readOutcomes(file, range)) {
    for (const target of fragments) {
      const { url, name } = splitTarget(target);
      if (name !== undefined) anchors.notePage(url);
    }
  }
  const search = new Search(anchors, sources.length === 1 ? sources[0] : undefined);
  if (anchors.isEmpty) return search.findings();
  for await (const outcome of readOutcomes(file, range)) {
    if (!tellsAll(outcome)) continue;
    anchors.takeAnchors(outcome.url, outcome.anchors);
    search.noteRedirect(outcome);
  }
  for await (const outcome of readOutcomes(file, range)) search.look(outcome);
  return search.findings();
}

/** As it stands in the links, without a directive. */
export function targetOf({ url, fragment }: Pick<MissingFragment, 'url' | 'fragment'>): string {
  return `${url}#${fragment}`;
}

function tellsAll(outcome: Outcome): outcome is Outcome & { anchors: string } {
  const { verdict, anchors, truncated } = outcome;
  return verdictClass(verdict) === 'ok' && anchors !== undefined && truncated === undefined && anchors.length < ANCHOR_CHARS * MAX_ANCHORS;
}

/** Splits `url#fragment` into the page and the name to be found on it, which is absent if there is nothing to look for. */
function splitTarget(target: string): { url: string; name?: string } {
  const at = target.indexOf('#');
  const url = target.slice(0, at);
  const name = fragmentName(target.slice(at + 1));
  return name === undefined ? { url } : { url, name };
}

function fragmentOf(url: string): string | undefined {
  const at = url.indexOf('#');
  return at === -1 ? undefined : url.slice(at + 1);
}

/** The last pass. */
class Search {
  readonly #anchors: AnchorKeys;
  readonly #onlySource: string | undefined;
  readonly #checkedKeys = new KeySet();
  readonly #missing = new Map<string, MissingFragment>();
  /** By page: the fragment that its redirect gave. */
  readonly #redirectedTo = new Map<string, string>();
  #checked = 0;
  #missingTotal = 0;
  #unchecked = 0;

  constructor(anchors: AnchorKeys, onlySource: string | undefined) {
    this.#anchors = anchors;
    this.#onlySource = onlySource;
  }

  noteRedirect({ url, finalUrl }: Outcome): void {
    const given = finalUrl === undefined ? undefined : fragmentOf(finalUrl);
    if (given === undefined || given === fragmentOf(url)) return;
    const page = this.#anchors.pageOf(url);
    if (page !== undefined) this.#redirectedTo.set(page, given);
  }

  look(outcome: Outcome): void {
    this.#unchecked += outcome.moreFragments ?? 0;
    // Spellings that differ in a directive alone are one target, and its page counts once.
    const lacking = new Map<string, readonly [url: string, name: string]>();
    for (const target of outcome.fragments ?? []) {
      const { url, name } = splitTarget(target);
      const key = name === undefined ? undefined : this.#anchors.keyOf(url, name);
      if (name === undefined || key === undefined) continue;
      const isNew = this.#checkedKeys.add(key);
      const isMissing = !this.#isThere(url, name);
      if (isNew) this.#checked++;
      if (isNew && isMissing) this.#missingTotal++;
      if (isMissing) lacking.set(key, [url, name]);
    }
    for (const [key, [url, fragment]] of lacking) this.#note(key, url, fragment, outcome);
  }

  findings(): FragmentFindings {
    const missing = [...this.#missing.values()];
    for (const { places } of missing) places.pages.sort();
    // Rows come in another order each time: a report can be compared with the one before.
    missing.sort((a, b) => (targetOf(a) < targetOf(b) ? -1 : 1));
    const unchecked = this.#unchecked > 0 ? { unchecked: this.#unchecked } : {};
    return { checked: this.#checked, missingTotal: this.#missingTotal, ...unchecked, missing };
  }

  #isThere(url: string, name: string): boolean {
    const given = this.#redirectedTo.get(this.#anchors.pageOf(url) ?? '');
    const wanted = given === undefined ? name : fragmentName(given);
    // A client-side route, or a directive: nothing to look for.
    if (wanted === undefined) return true;
    for (const id of idsForName(wanted)) {
      const key = this.#anchors.keyOf(url, id);
      if (key !== undefined && this.#anchors.has(key)) return true;
    }
    return false;
  }

  #note(key: string, url: string, fragment: string, outcome: Outcome): void {
    let missing = this.#missing.get(key);
    if (missing === undefined) {
      if (this.#missing.size === MAX_MISSING) return;
      missing = { url, fragment, places: new PageList(), ...this.#lineOf(outcome) };
      this.#missing.set(key, missing);
    }
    for (const place of this.#placesOf(outcome)) missing.places.add(place);
  }

  /** A row that tells of no links is no page that was read: its own URL was written with the fragment. */
  #placesOf(outcome: Outcome): string[] {
    const { links, url, places = [] } = outcome;
    return links === undefined ? [whereFrom(outcome, this.#onlySource) ?? url, ...places] : [url];
  }

  #lineOf({ links, source = this.#onlySource, line }: Outcome): Pick<MissingFragment, 'at'> {
    return links === undefined && line !== undefined ? { at: { ...(source !== undefined && { source }), line } } : {};
  }
}
