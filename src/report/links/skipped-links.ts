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

/** The links of a run that were not followed. */
export interface SkippedFindings {
  /** The number of links, distinct by reason and URL. */
  total: number;
  /** True if there are more, which were not counted. */
  isMore: boolean;
  /** Some links of each reason. The reason with the fewest links comes first; within a reason, links are in the order of the log. */
  links: readonly SkippedOn[];
}

const MAX_SHOWN = 1_000;
/** Distinct links that are counted, at about 20 bytes each. */
const MAX_KNOWN = 1_000_000;

/**
 * Collects the links that were not followed, in one pass over the log.
 *
 * @param endBytes where to stop reading the log; its end by default
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

/** At most MAX_SHOWN links. Each reason gets a fair share, so that none crowds out another. */
function fairly(kept: ReadonlyMap<LeftOut, readonly SkippedOn[]>): SkippedOn[] {
  const shown: SkippedOn[] = [];
  const lists = [...kept.values()].sort((a, b) => a.length - b.length);
  lists.forEach((links, index) => {
    shown.push(...links.slice(0, Math.floor((MAX_SHOWN - shown.length) / (lists.length - index))));
  });
  return shown;
}
