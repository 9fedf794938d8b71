import type { RunSummary } from '../../model/run-summary.ts';

/** What is told when the books of an ended run do not balance. */
export function booksText({ run, books }: RunSummary): string {
  const { submitted, discovered, duplicates, rows, ok, failed, skipped } = books;
  return [
    `the books of run ${run} do not balance: rows are missing or repeated, and the report cannot be trusted`,
    `  submitted ${submitted} + discovered ${discovered} = ${submitted + discovered}; rows ${rows} + duplicates ${duplicates} = ${rows + duplicates}`,
    `  rows ${rows}; ok ${ok} + failed ${failed} + skipped ${skipped} = ${ok + failed + skipped}`,
  ].join('\n');
}
