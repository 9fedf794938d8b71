import { checkFragments, type FragmentFindings } from './fragments.ts';
import { findReferrers, type Referrers } from './referrers.ts';
import { findSkippedLinks, type SkippedFindings } from './skipped-links.ts';

/** What a log says of links beyond its rows, as far as it was asked for. */
export interface LinkFindings {
  referrers?: Referrers;
  fragments?: FragmentFindings;
  skippedLinks?: SkippedFindings;
}

/**
 * Looks it up, each in passes of its own over the log.
 *
 * @param sources names of the run's sources
 * @param endBytes the log is read up to here; without it, to its end
 * @throws UsageError as `readOutcomes` does
 */
export async function findLinkFindings(
  file: string,
  wanted: Readonly<Record<keyof LinkFindings, boolean>>,
  sources: readonly string[],
  endBytes?: number,
): Promise<LinkFindings> {
  return {
    ...(wanted.referrers && { referrers: await findReferrers(file, endBytes) }),
    ...(wanted.fragments && { fragments: await checkFragments(file, sources, endBytes) }),
    ...(wanted.skippedLinks && { skippedLinks: await findSkippedLinks(file, endBytes) }),
  };
}
