import type { RunCounts } from '../../engine/engine.ts';
import type { RunSummary } from '../../model/run-summary.ts';
import { shownNumber } from '../../report/shown-figures.ts';

export interface StoppedOn {
  redis: boolean;
  /** The sources give the same lines when they are read again. */
  repeatable: boolean;
}

/** What is told of a crawl that was stopped: how far it came, and how to go on. */
export function stoppedText({ run, books }: RunSummary, counts: RunCounts, { redis, repeatable }: StoppedOn): string {
  const { accepted, discovered, batches, sealedAt } = counts;
  const left = shownNumber(Math.max(0, accepted + discovered - books.rows));
  const done = `${shownNumber(books.rows)} URL${books.rows === 1 ? '' : 's'} done`;
  if (sealedAt === undefined) {
    const told = `stopped before all URLs were read: ${done}${left === '0' ? '' : `, ${left} of those read are left`}`;
    return `${told}; ${redis ? unsealedAdvice(run, repeatable) : continueAdvice(run, repeatable)}`;
  }
  const told = `stopped: ${done}, ${batches < sealedAt ? 'more than ' : ''}${left} left`;
  return `${told}; ${redis ? `the run is still on Redis: trawl collect ${run} goes on with it` : continueAdvice(run, repeatable)}`;
}

/** A run that is not sealed never ends: collecting it would wait for ever. */
export function unsealedAdvice(run: string, repeatable: boolean): string {
  const seal = `trawl seal ${run} ends it with what was submitted`;
  return repeatable ? `the same command with --run ${run} goes on (lines that were submitted count once), or ${seal}` : seal;
}

function continueAdvice(run: string, repeatable: boolean): string {
  const goesOn = repeatable ? `trawl --continue ${run} goes on` : `trawl --continue ${run} FILE goes on, given the same list`;
  return `${goesOn}, and trawl report ${run} shows what was done`;
}
