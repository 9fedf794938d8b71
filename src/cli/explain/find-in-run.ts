import { canonicalUrl, urlKey } from '../../core/canonical-url.ts';
import { packedKey, unpackKeys } from '../../core/link-keys.ts';
import type { Outcome } from '../../core/outcome.ts';
import { readOutcomes } from '../../report/read-outcomes.ts';
import type { ExplainedRun } from './explanation.ts';

/** Pages that are named. */
const MOST_PAGES = 10;

/** What a run's log has of the URL that is known by the key. Reads all of it. */
export async function findInRun(run: string, file: string, url: string, key: string): Promise<ExplainedRun> {
  const packed = packedKey(key);
  const found: { row?: Outcome; leftOut?: Outcome['skippedLinks'] } = {};
  const pages: string[] = [];
  let total = 0;
  for await (const outcome of readOutcomes(file)) {
    if (found.row === undefined && isOf(outcome, url, key)) found.row = outcome;
    found.leftOut ??= outcome.skippedLinks?.filter((link) => link.url === url);
    if (outcome.linkKeys === undefined || !holds(outcome.linkKeys, packed)) continue;
    if (pages.length < MOST_PAGES) pages.push(outcome.url);
    total++;
  }
  const reason = found.leftOut?.[0]?.reason;
  return {
    run,
    ...(found.row !== undefined && { row: withoutLinks(found.row) }),
    linkedFrom: pages,
    linkedFromTotal: total,
    ...(reason !== undefined && { leftOut: reason }),
  };
}

function isOf(outcome: Outcome, url: string, key: string): boolean {
  if (outcome.url === url) return true;
  return URL.canParse(outcome.url) && urlKey(canonicalUrl(new URL(outcome.url))) === key;
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
