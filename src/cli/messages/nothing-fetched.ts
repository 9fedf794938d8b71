import type { RunSummary } from '../../model/run-summary.ts';
import type { Verdict } from '../../model/verdict.ts';
import { readOutcomes } from '../../report/read-outcomes.ts';

/** The operator did not ask for these. */
const UNASKED: ReadonlySet<Verdict> = new Set<Verdict>(['robots', 'private-address']);

/** Where robots.txt or the guard on private addresses left nothing of a run, what the first row says of it: a run that saw no page is no site in order. Undefined of any other run. */
export async function nothingFetched({ books }: RunSummary, file: string): Promise<string | undefined> {
  if (books.rows === 0 || books.skipped < books.rows) return undefined;
  for await (const { verdict, error } of readOutcomes(file)) {
    if (UNASKED.has(verdict)) return `nothing was fetched: ${error?.message ?? verdict}`;
  }
  return undefined;
}
