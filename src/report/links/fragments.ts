import type { Outcome } from '../../model/outcome.ts';
import { fragmentName, idsForName } from '../../model/url/fragment-name.ts';
import { verdictClass } from '../../model/verdict.ts';
import { KeySet } from '../../util/key-map.ts';
import { readOutcomes } from '../read-outcomes.ts';
import { whereFrom } from '../row-words.ts';
import { AnchorKeys } from './anchor-keys.ts';
import { PageList } from './page-list.ts';

/** A `#fragment` that a link points to and that the page does not have. */
export interface MissingFragment {
  /** The page that lacks it. */
  url: string;
  /** As written in the links, without `#`. */
  fragment: string;
  /** Where such links are, sorted: pages, or places in a source such as `README.md:12`. */
  readonly places: PageList;
  /** The first place that was found, if it is a place in a source. */
  at?: { source?: string; line: number };
  /** It was missing in the baseline too. */
  known?: boolean;
}

/** The result of checking the fragments in a run's links. */
export interface FragmentFindings {
  /** The number of distinct targets `url#fragment` on HTML pages that were fetched. */
  checked: number;
  /** How many of those are missing. */
  missingTotal: number;
  /** Links with a fragment that were not checked, because their page has more of them than its row can hold. Absent if there are none. */
  unchecked?: number;
  /** How many of the missing ones were missing in the baseline too. Absent without a baseline. */
  known?: number;
  /** Sorted by target. If there are more than MAX_MISSING, those found first in the log. */
  missing: readonly MissingFragment[];
}

/** Missing fragments that are kept. */
const MAX_MISSING = 10_000;
/** The most anchors that a row can hold. A page whose row has this many may have more, so nothing counts as missing there. */
const MAX_ANCHORS = 100_000;
/** Characters that one anchor takes in a row. */
const ANCHOR_CHARS = 8;

/**
 * Checks that the fragments of links exist on the pages that they point to. Takes three passes over the log: the first notes the target pages, the second collects their anchors,
 * the third looks up the fragments. Takes about 20 bytes for each anchor of those pages, and for each distinct target.
 *
 * Nothing counts as missing on a page that was not fetched, is not HTML, or was cut. If a target was redirected, the page it led to is checked. If the `Location` has a fragment,
 * that one is looked up instead of the link's (RFC 9110 section 10.2.2).
 *
 * @param sources names of the run's sources
 * @param endBytes where to stop reading the log; its end by default
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

/** The target as links write it, without a text directive. */
export function targetOf({ url, fragment }: Pick<MissingFragment, 'url' | 'fragment'>): string {
  return `${url}#${fragment}`;
}

function tellsAll(outcome: Outcome): outcome is Outcome & { anchors: string } {
  const { verdict, anchors, truncated } = outcome;
  return verdictClass(verdict) === 'ok' && anchors !== undefined && truncated === undefined && anchors.length < ANCHOR_CHARS * MAX_ANCHORS;
}

/** Splits `url#fragment` into the page and the name to look for. The name is absent if there is nothing to look for. */
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

/** The third pass. */
class Search {
  readonly #anchors: AnchorKeys;
  readonly #onlySource: string | undefined;
  readonly #checkedKeys = new KeySet();
  readonly #missing = new Map<string, MissingFragment>();
  /** For each redirected page, the fragment of the `Location`. */
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
    // Spellings that differ only in a text directive are one target, and its page counts once.
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
    // The order of rows differs from run to run. Sorted findings can be compared with those of an earlier report.
    missing.sort((a, b) => (targetOf(a) < targetOf(b) ? -1 : 1));
    const unchecked = this.#unchecked > 0 ? { unchecked: this.#unchecked } : {};
    return { checked: this.#checked, missingTotal: this.#missingTotal, ...unchecked, missing };
  }

  #isThere(url: string, name: string): boolean {
    const given = this.#redirectedTo.get(this.#anchors.pageOf(url) ?? '');
    const wanted = given === undefined ? name : fragmentName(given);
    // A client-side route or a text directive: there is nothing to look for.
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

  /** A row without `links` is not a page that was searched for links. It has a fragment because its own URL was written with one. */
  #placesOf(outcome: Outcome): string[] {
    const { links, url, places = [] } = outcome;
    return links === undefined ? [whereFrom(outcome, this.#onlySource) ?? url, ...places] : [url];
  }

  #lineOf({ links, source = this.#onlySource, line }: Outcome): Pick<MissingFragment, 'at'> {
    return links === undefined && line !== undefined ? { at: { ...(source !== undefined && { source }), line } } : {};
  }
}
