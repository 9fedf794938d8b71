import type { Outcome, SkippedLink } from '../../model/outcome.ts';
import type { RunOptions } from '../../model/run-options.ts';
import { canonicalUrl, urlKey } from '../../model/url/canonical-url.ts';
import { packedKey, unpackKeys } from '../../model/url/link-keys.ts';
import { compileStripParams, strippedUrl } from '../../model/url/strip-params.ts';
import { readOutcomes } from '../../report/read-outcomes.ts';
import type { ExplainedRun, Unlinked } from './explanation.ts';

/** Pages named in `linkedFrom`. */
const MAX_PAGES = 10;

/** The URL that is looked for in a run. */
interface WantedUrl {
  url: string;
  key: string;
}

/** The options of the run that decide what its log contains. */
type LoggedBy = Pick<RunOptions, 'stripParams' | 'depth' | 'keepSkipped'>;

/** Finds what a run's log says about a URL. Reads the whole log. */
export async function findInRun(run: string, file: string, wanted: WantedUrl, options: LoggedBy): Promise<ExplainedRun> {
  const packed = packedKey(wanted.key);
  const isWanted = comparison(wanted, options.stripParams);
  let row: Outcome | undefined;
  let leftOut: SkippedLink | undefined;
  const pages: string[] = [];
  let total = 0;
  let leastDepth = Number.POSITIVE_INFINITY;
  let redirectedFrom: string | undefined;
  for await (const outcome of readOutcomes(file)) {
    if (row === undefined && isWanted(outcome.url)) row = outcome;
    if (outcome.finalUrl !== undefined && redirectedFrom === undefined && isWanted(outcome.finalUrl)) redirectedFrom = outcome.url;
    leftOut ??= outcome.skippedLinks?.find((link) => isWanted(link.url));
    if (outcome.linkKeys === undefined || !holds(outcome.linkKeys, packed)) continue;
    if (pages.length < MAX_PAGES) pages.push(outcome.url);
    total++;
    leastDepth = Math.min(leastDepth, outcome.depth);
  }
  const reason = leftOut?.reason ?? (row === undefined && total > 0 && leastDepth >= options.depth ? 'depth' : undefined);
  const isUnlinked = row === undefined && total === 0 && reason === undefined && redirectedFrom === undefined;
  return {
    run,
    ...(row !== undefined && { row: withoutLinks(row) }),
    linkedFrom: pages,
    linkedFromTotal: total,
    ...(redirectedFrom !== undefined && { redirectedFrom }),
    ...(reason !== undefined && { leftOut: reason }),
    ...(isUnlinked && { unlinked: unlinkedIn(options) }),
  };
}

function unlinkedIn({ depth, keepSkipped }: LoggedBy): Unlinked {
  if (depth === 0) return 'list';
  return keepSkipped ? 'nowhere' : 'untold';
}

/** Returns a function that says whether a URL is a spelling of the wanted one. */
function comparison({ url, key }: WantedUrl, stripParams: readonly string[]): (other: string) => boolean {
  const params = compileStripParams(stripParams);
  return (other) => {
    if (other === url) return true;
    return URL.canParse(other) && urlKey(canonicalUrl(strippedUrl(new URL(other), params))) === key;
  };
}

/** True if the packed keys contain this one. A plain text search can match across two keys, so its hits are verified. */
function holds(keys: string, packed: string): boolean {
  if (!keys.includes(packed)) return false;
  for (const key of unpackKeys(keys)) if (key === packed) return true;
  return false;
}

function withoutLinks({ linkKeys: _, anchors: __, fragments: ___, moreFragments: ____, skippedLinks: _____, ...row }: Outcome): Outcome {
  return row;
}
