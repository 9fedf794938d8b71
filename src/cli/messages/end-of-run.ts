import type { RunCounts } from '../../engine/engine.ts';
import type { RunOptions } from '../../model/run-options.ts';
import type { Books, RunSummary } from '../../model/run-summary.ts';
import type { Verdict } from '../../model/verdict.ts';
import { readOutcomes } from '../../report/read-outcomes.ts';
import { shownNumber } from '../../report/shown-figures.ts';

/** What the user can do about each verdict. Those that only the server's owner can fix are absent. */
const ADVICE: Partial<Record<Verdict, string>> = {
  broken: 'the pages are gone or their server fails: fix the links, or accept these statuses with --accept',
  blocked: "the server wants credentials or bars crawlers: -H 'Authorization: env:TOKEN' sends some",
  'rate-limited': 'the server wants fewer requests: --host-interval 1s or --host-concurrency 1 ask more gently',
  timeout: '--timeout and --connect-timeout allow more time, --retries more attempts',
  dns: 'these hosts do not resolve: check the spelling, or the DNS server',
  refused: 'nothing listens there: check host and port',
  reset: 'the connection was cut: --host-concurrency 1 may help if the server is overloaded',
  tls: 'the certificate or the TLS handshake failed: the error says why; --insecure ignores problems with certificates',
  protocol: 'the answer is not valid HTTP: the error says why',
  'too-many-redirects': '--max-redirects allows more, unless it is a loop',
  'invalid-url': 'not valid URLs: add http(s)://, or comment the line out with #',
  crashed: 'workers died while fetching these, or this machine could not connect: the rows say which, and what to raise',
  'map-failed': 'the --map module failed on these: the error says why and where',
  robots: 'robots.txt does not allow these: trawl explain URL shows the line; --no-robots ignores it',
  'private-address': 'these are private addresses: the error says what allows them',
};

/** What failed or was skipped, and what the user can do about it: a line for each verdict, the most frequent first. Empty if there is nothing to say. */
export function adviceText(verdicts: Partial<Record<Verdict, number>>): string[] {
  return Object.entries(verdicts)
    .sort(([, a], [, b]) => b - a)
    .flatMap(([verdict, rows]) => {
      const advice = ADVICE[verdict as Verdict];
      return advice === undefined ? [] : [`${shownNumber(rows)} ${verdict}: ${advice}`];
    });
}

/** What is told when the books of an ended run do not balance. */
export function booksText({ run, books }: RunSummary): string {
  const { submitted, discovered, duplicates, rows, ok, failed, skipped } = books;
  return [
    `the books of run ${run} do not balance: rows are missing or repeated, and the report cannot be trusted`,
    `  submitted ${submitted} + discovered ${discovered} = ${submitted + discovered}; rows ${rows} + duplicates ${duplicates} = ${rows + duplicates}`,
    `  rows ${rows}; ok ${ok} + failed ${failed} + skipped ${skipped} = ${ok + failed + skipped}`,
  ].join('\n');
}

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

/** What a crawl that followed links did not check, and the option that would have: one line for each, none for a run of a list. */
export function uncheckedLines({ leftOut = {} }: Books, options: RunOptions): string[] {
  const { depth, links, checkExternal, checkNofollow, fragments } = options;
  if (depth === 0) return [];
  const counted = [
    ...(checkExternal ? [] : [{ count: leftOut.scope ?? 0, kind: 'external', flag: '--check-external' }]),
    ...(checkNofollow ? [] : [{ count: leftOut.nofollow ?? 0, kind: 'nofollow', flag: '--check-nofollow' }]),
  ].filter(({ count }) => count > 0);
  const parts = [
    ...(links === 'all' ? [] : [{ name: 'images, scripts and style sheets', flag: '--links all' }]),
    ...(fragments ? [] : [{ name: '#fragments', flag: '--fragments' }]),
  ];
  return [
    ...counted.map(({ count, kind, flag }) =>
      count === 1 ? `1 ${kind} link was not checked: ${flag}` : `${shownNumber(count)} ${kind} links were not checked: ${flag}`,
    ),
    ...(parts.length === 0
      ? []
      : [`not checked: ${parts.map(({ name, flag }) => `${name} (${flag})`).join(', ')}; trawl check SITE checks all of it`]),
  ];
}
