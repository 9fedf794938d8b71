import { canonicalUrl, urlKey } from '../../core/canonical-url.ts';
import { packedKey, unpackKeys } from '../../core/link-keys.ts';
import type { Outcome, SkippedLink } from '../../core/outcome.ts';
import { compileStripParams, strippedUrl } from '../../core/strip-params.ts';
import { readOutcomes } from '../../report/read-outcomes.ts';
import type { ExplainedRun } from './explanation.ts';

/** Pages that are named. */
const MOST_PAGES = 10;

/** The URL that is looked for in a run. */
export interface WantedUrl {
  url: string;
  key: string;
  /** Query parameters that did not count in the run. */
  stripParams: readonly string[];
}

/** What a run's log has of a URL. Reads all of it. */
export async function findInRun(run: string, file: string, wanted: WantedUrl): Promise<ExplainedRun> {
  const packed = packedKey(wanted.key);
  const isWanted = comparison(wanted);
  let row: Outcome | undefined;
  let leftOut: SkippedLink | undefined;
  const pages: string[] = [];
  let total = 0;
  for await (const outcome of readOutcomes(file)) {
    if (row === undefined && isWanted(outcome.url)) row = outcome;
    leftOut ??= outcome.skippedLinks?.find((link) => isWanted(link.url));
    if (outcome.linkKeys === undefined || !holds(outcome.linkKeys, packed)) continue;
    if (pages.length < MOST_PAGES) pages.push(outcome.url);
    total++;
  }
  return {
    run,
    ...(row !== undefined && { row: withoutLinks(row) }),
    linkedFrom: pages,
    linkedFromTotal: total,
    ...(leftOut !== undefined && { leftOut: leftOut.reason }),
  };
}

/** Whether a URL is another spelling of the one that is looked for. */
function comparison({ url, key, stripParams }: WantedUrl): (other: string) => boolean {
  const params = compileStripParams(stripParams);
  return (other) => {
    if (other === url) return true;
    return URL.canParse(other) && urlKey(canonicalUrl(strippedUrl(new URL(other), params))) === key;
  };
}

/** A key is found where one begins. */
function holds(keys: string, packed: string): boolean {
  if (!keys.includes(packed)) return false;
  for (const key of unpackKeys(keys)) if (key === packed) return true;
  return false;
}

function withoutLinks({ linkKeys: _, anchors: __, fragments: ___, skippedLinks: ____, ...row }: Outcome): Outcome {
  return row;
}
