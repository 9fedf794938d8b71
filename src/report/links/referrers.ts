import type { Outcome } from '../../model/outcome.ts';
import { canonicalUrl, urlKey } from '../../model/url/canonical-url.ts';
import { packedKey, unpackKeys } from '../../model/url/link-keys.ts';
import { verdictClass } from '../../model/verdict.ts';
import { readOutcomes } from '../read-outcomes.ts';
import { PageList } from './page-list.ts';

/** Who links to the failed URLs of a run. */
export interface Referrers {
  /** The pages with a link to the URL of this row, sorted. Undefined if it has not failed, or none has. */
  of(outcome: Outcome): PageList | undefined;
  /** Rows that tell which links are on their page. None: links were not looked for. */
  linkingRows: number;
}

/**
 * Finds every page on which a failed URL stands, in two passes over the log: one notes the keys of what failed, one looks for them among the links of each page. Only what failed takes
 * memory, 100 pages for each URL at most.
 *
 * @param endBytes the log is read up to here; without it, to its end
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

/** How a row's URL stands among the `linkKeys` of the pages that link to it. Undefined for what is no URL. */
function packedUrlKey(url: string): string | undefined {
  return URL.canParse(url) ? packedKey(urlKey(canonicalUrl(new URL(url)))) : undefined;
}
