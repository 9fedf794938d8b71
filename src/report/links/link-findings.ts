import { checkFragments, type FragmentFindings } from './fragments.ts';
import { findReferrers, type Referrers } from './referrers.ts';
import { findSkippedLinks, type SkippedFindings } from './skipped-links.ts';

/** What a log says about links in addition to its rows. Each part is present only if it was requested. */
export interface LinkFindings {
  referrers?: Referrers;
  fragments?: FragmentFindings;
  skippedLinks?: SkippedFindings;
}

/**
 * Finds the wanted parts. Each takes its own passes over the log.
 *
 * @param sources names of the run's sources
 * @param endBytes where to stop reading the log; its end by default
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
