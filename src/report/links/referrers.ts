import type { Outcome } from '../../model/outcome.ts';
import { canonicalUrl, urlKey } from '../../model/url/canonical-url.ts';
import { packedKey, unpackKeys } from '../../model/url/link-keys.ts';
import { verdictClass } from '../../model/verdict.ts';
import { readOutcomes } from '../read-outcomes.ts';
import { PageList } from './page-list.ts';

/** The pages that link to the failed URLs of a run. */
export interface Referrers {
  /** The pages that link to the URL of this row, sorted. Undefined if the row did not fail, or if no page links to it. */
  of(outcome: Outcome): PageList | undefined;
  /** The number of rows that record the links of their page. 0 if the run did not look for links. */
  linkingRows: number;
}

/**
 * Finds every page that links to a failed URL, in two passes over the log: the first notes the keys of the failed URLs, the second looks for them among the links of each page. Only failed URLs
 * take memory, at most 100 pages each.
 *
 * @param endBytes where to stop reading the log; its end by default
 * @throws UsageError as `readOutcomes` does
 */
export async function findReferrers(file: string, endBytes?: number): Promise<Referrers> {
  const range = endBytes === undefined ? {} : { endBytes };
  const lists = new Map<string, PageList>();
  for await (const outcome of readOutcomes(file, range)) {
    const key = keyOfFailure(outcome);
    if (key !== undefined) lists.set(key, new PageList());
  }
  let linkingRows = 0;
  for await (const outcome of readOutcomes(file, range)) {
    if (outcome.links === undefined) continue;
    linkingRows++;
    for (const key of unpackKeys(outcome.linkKeys ?? '')) lists.get(key)?.add(outcome.url);
  }
  for (const { pages } of lists.values()) pages.sort();
  return {
    of(outcome) {
      const list = lists.get(keyOfFailure(outcome) ?? '');
      return list === undefined || list.total === 0 ? undefined : list;
    },
    linkingRows,
  };
}

function keyOfFailure({ verdict, url }: Outcome): string | undefined {
  return verdictClass(verdict) === 'failed' ? packedUrlKey(url) : undefined;
}

/** The key of a row's URL in the `linkKeys` of the pages that link to it. Undefined if the URL is invalid. */
function packedUrlKey(url: string): string | undefined {
  return URL.canParse(url) ? packedKey(urlKey(canonicalUrl(new URL(url)))) : undefined;
}
