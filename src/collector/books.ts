import type { RunCounts } from '../engine/run-counts.ts';
import type { Books } from '../model/run-summary.ts';
import type { LogTally } from './checkpoint.ts';

/**
 * Compares the engine's counts with those of the log, which are counted independently. The books balance when every
 * submitted line is a row or a duplicate, every accepted link is a row, and no row is missing or duplicated. They need
 * not balance before the run has ended.
 *
 * @param isResumed the run follows links, and it was resumed by an engine that did not know the log. The log of such a
 *   run may have rows that no page links to now, because a page changed, failed, or was fetched after a limit was
 *   reached. They still count as discovered. And a URL that is a link for the new engine may have been a line before.
 */
export function closeBooks(counts: RunCounts, tally: LogTally, isResumed = false): Books {
  const { submitted, duplicates, accepted, settled } = counts;
  const { rows, seedRows, ok, failed, skipped } = tally;
  const notFoundAgain = isResumed && counts.ended ? Math.max(0, rows - settled) : 0;
  const discovered = counts.discovered + notFoundAgain;
  const isWhole =
    notFoundAgain === 0
      ? rows === settled && ok === counts.ok && failed === counts.failed && skipped === counts.skipped
      : ok >= counts.ok && failed >= counts.failed && skipped >= counts.skipped;
  const balanced =
    submitted === (isResumed ? accepted : seedRows) + duplicates &&
    rows === accepted + discovered &&
    rows === ok + failed + skipped &&
    isWhole;
  const leftOut = Object.entries(counts.leftOut).filter(([, links]) => links > 0);
  return {
    ...{ submitted, duplicates, accepted, discovered, rows, ok, failed, skipped, balanced },
    ...(leftOut.length > 0 && { leftOut: Object.fromEntries(leftOut) }),
  };
}
