import type { RunCounts } from '../engine/engine.ts';
import type { Books } from '../model/run-summary.ts';
import type { LogTally } from './checkpoint.ts';

/**
 * Compares what the engine counted with what is in the log, each counted on its own. They balance when every line that was submitted is
 * a row or a duplicate, every link that was taken is a row, and no row is missing or there twice. Before the run's end they need not.
 *
 * @param goesOn the run follows links, and an engine that did not know the log went on with it. Such a run may have rows that no page leads to any more, because a page changed, failed, or was met
 * after a limit was reached: they were found once, and count as that. And what was a link may have been met as a line first.
 */
export function closeBooks(counts: RunCounts, tally: LogTally, goesOn = false): Books {
  const { submitted, duplicates, accepted, settled } = counts;
  const { rows, seedRows, ok, failed, skipped } = tally;
  const notMet = goesOn && counts.ended ? Math.max(0, rows - settled) : 0;
  const discovered = counts.discovered + notMet;
  const isWhole =
    notMet === 0
      ? rows === settled && ok === counts.ok && failed === counts.failed && skipped === counts.skipped
      : ok >= counts.ok && failed >= counts.failed && skipped >= counts.skipped;
  const balanced =
    submitted === (goesOn ? accepted : seedRows) + duplicates &&
    rows === accepted + discovered &&
    rows === ok + failed + skipped &&
    isWhole;
  const leftOut = Object.entries(counts.leftOut).filter(([, links]) => links > 0);
  return {
    ...{ submitted, duplicates, accepted, discovered, rows, ok, failed, skipped, balanced },
    ...(leftOut.length > 0 && { leftOut: Object.fromEntries(leftOut) }),
  };
}
