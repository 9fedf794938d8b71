import type { Books } from '../core/run-summary.ts';
import type { RunCounts } from '../engine/engine.ts';
import type { LogTally } from './checkpoint.ts';

/**
 * Compares what the engine counted with what is in the log, each counted on its own. They balance when every line that was submitted is
 * a row or a duplicate, every link that was taken is a row, and no row is missing or there twice. Before the run's end they need not.
 */
export function closeBooks(counts: RunCounts, tally: LogTally): Books {
  const { submitted, duplicates, accepted, discovered } = counts;
  const { rows, seedRows, ok, failed, skipped } = tally;
  const balanced =
    submitted === seedRows + duplicates &&
    rows === accepted + discovered &&
    rows === counts.settled &&
    rows === ok + failed + skipped &&
    ok === counts.ok &&
    failed === counts.failed &&
    skipped === counts.skipped;
  const leftOut = Object.entries(counts.leftOut).filter(([, links]) => links > 0);
  return {
    ...{ submitted, duplicates, accepted, discovered, rows, ok, failed, skipped, balanced },
    ...(leftOut.length > 0 && { leftOut: Object.fromEntries(leftOut) }),
  };
}
