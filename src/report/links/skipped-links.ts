import type { LeftOut } from '../../model/left-out.ts';
import { urlKey } from '../../model/url/canonical-url.ts';
import { KeySet } from '../../util/key-map.ts';
import { readOutcomes } from '../read-outcomes.ts';

/** A link that was not followed, and the first page that has it. */
interface SkippedOn {
  reason: LeftOut;
  url: string;
  page: string;
}

/** The links that the pages of a run told as left out. */
export interface SkippedFindings {
  /** Distinct by reason and URL. */
  total: number;
  /** There are more, which were not counted. */
  isMore: boolean;
  /** By reason, those with fewest first, some of each; within a reason in the order of the log. */
  links: readonly SkippedOn[];
}

const MAX_SHOWN = 1_000;
/** Links that are told apart, at about 20 bytes each. */
const MAX_KNOWN = 1_000_000;

/**
 * Gathers the links that were left out, in one pass over the log.
 *
 * @param endBytes the log is read up to here; without it, to its end
 * @throws UsageError as `readOutcomes` does
 */
export async function findSkippedLinks(file: string, endBytes?: number): Promise<SkippedFindings> {
  const known = new KeySet();
  const kept = new Map<LeftOut, SkippedOn[]>();
  let total = 0;
  for await (const { url: page, skippedLinks = [] } of readOutcomes(file, endBytes === undefined ? {} : { endBytes })) {
    for (const { url, reason } of skippedLinks) {
      if (!known.add(urlKey(`${reason} ${url}`))) continue;
      if (total === MAX_KNOWN) return { total, isMore: true, links: fairly(kept) };
      total++;
      const links = kept.get(reason) ?? [];
      kept.set(reason, links);
      if (links.length < MAX_SHOWN) links.push({ reason, url, page });
    }
  }
  return { total, isMore: false, links: fairly(kept) };
}

/** So many of each reason that none crowds out another. */
function fairly(kept: ReadonlyMap<LeftOut, readonly SkippedOn[]>): SkippedOn[] {
  const shown: SkippedOn[] = [];
  const lists = [...kept.values()].sort((a, b) => a.length - b.length);
  lists.forEach((links, index) => {
    shown.push(...links.slice(0, Math.floor((MAX_SHOWN - shown.length) / (lists.length - index))));
  });
  return shown;
}
