import type { RunCounts } from '../../engine/run-counts.ts';
import type { RunOptions } from '../../model/run-options.ts';
import type { Books, RunSummary } from '../../model/run-summary.ts';
import type { Verdict } from '../../model/verdict.ts';
import { readOutcomes } from '../../report/read-outcomes.ts';
import { shownNumber } from '../../report/shown-figures.ts';

/** What the user can do about each verdict. Verdicts that only the owner of the server can fix are absent. */
const ADVICE: Partial<Record<Verdict, string>> = {
  broken: 'missing pages or server errors: fix the links, or accept these statuses with --accept',
  blocked: "the server requires a login or blocks crawlers: send credentials with -H 'Authorization: env:TOKEN'",
  'rate-limited': 'the server limits requests: slow down with --host-interval 1s or --host-concurrency 1',
  timeout: 'allow more time with --timeout and --connect-timeout, or more attempts with --retries',
  dns: 'the host name was not found: check the spelling, or the DNS server',
  refused: 'nothing listens on this port: check host and port',
  reset: 'the server closed the connection: if it is overloaded, try --host-concurrency 1',
  tls: 'TLS failed, as each error explains: --insecure accepts invalid certificates',
  protocol: 'the answer is not valid HTTP: each error says why',
  'too-many-redirects': 'if it is not a loop, allow more with --max-redirects',
  'invalid-url': 'not valid URLs: add http(s)://, or comment the line out with #',
  crashed: 'workers died, or this machine could not open connections: each error says what to do',
  'map-failed': 'the --map module failed: each error says why and where',
  robots: 'robots.txt disallows these URLs: trawl explain URL shows the rule, --no-robots ignores it',
  'private-address': 'private addresses are not allowed: each error says how to allow them',
};

/** One line for each verdict that failed or was skipped, with its advice, the most frequent first. */
export function adviceText(verdicts: Partial<Record<Verdict, number>>): string[] {
  return Object.entries(verdicts)
    .sort(([, a], [, b]) => b - a)
    .flatMap(([verdict, rows]) => {
      const advice = ADVICE[verdict as Verdict];
      return advice === undefined ? [] : [`${shownNumber(rows)} ${verdict}: ${advice}`];
    });
}

/** The message for an ended run whose counts do not balance. */
export function booksText({ run, books }: RunSummary): string {
  const { submitted, discovered, duplicates, rows, ok, failed, skipped } = books;
  return [
    `the counts of run ${run} do not balance: rows are missing or repeated, so do not trust the report`,
    `  submitted ${submitted} + discovered ${discovered} = ${submitted + discovered}; rows ${rows} + duplicates ${duplicates} = ${rows + duplicates}`,
    `  rows ${rows}; ok ${ok} + failed ${failed} + skipped ${skipped} = ${ok + failed + skipped}`,
  ].join('\n');
}

/** Reasons to skip a URL that the user did not ask for. */
const UNASKED: ReadonlySet<Verdict> = new Set<Verdict>(['robots', 'private-address']);

/** If robots.txt or the guard on private addresses excluded every URL, returns the message of the first such row; otherwise undefined. Without it, a run that fetched nothing would look like a healthy site. */
export async function nothingFetched({ books }: RunSummary, file: string): Promise<string | undefined> {
  if (books.rows === 0 || books.skipped < books.rows) return undefined;
  for await (const { verdict, error } of readOutcomes(file)) {
    if (UNASKED.has(verdict)) return `nothing was fetched: ${error?.message ?? verdict}`;
  }
  return undefined;
}

export interface StoppedOn {
  redis: boolean;
  /** The sources yield the same lines when they are read again. */
  repeatable: boolean;
}

/** The message for a crawl that was stopped: how far it came, and how to continue. */
export function stoppedText({ run, books }: RunSummary, counts: RunCounts, { redis, repeatable }: StoppedOn): string {
  const { accepted, discovered, batches, sealedAt } = counts;
  const left = shownNumber(Math.max(0, accepted + discovered - books.rows));
  const done = `${shownNumber(books.rows)} URL${books.rows === 1 ? '' : 's'} done`;
  if (sealedAt === undefined) {
    const state = `stopped before all URLs were read: ${done}${left === '0' ? '' : `, ${left} left to fetch`}`;
    return `${state}; ${redis ? unsealedAdvice(run, repeatable) : continueAdvice(run, repeatable)}`;
  }
  const state = `stopped: ${done}, ${batches < sealedAt ? 'more than ' : ''}${left} left`;
  return `${state}; ${redis ? `the run is still on Redis; to continue: trawl collect ${run}` : continueAdvice(run, repeatable)}`;
}

/** How to continue a run that is not sealed. It never ends, so collecting it would wait forever. */
export function unsealedAdvice(run: string, repeatable: boolean): string {
  const seal = `to end it with the URLs read so far: trawl seal ${run}`;
  return repeatable ? `to continue: repeat the command with --run ${run} (no line counts twice); ${seal}` : seal;
}

function continueAdvice(run: string, repeatable: boolean): string {
  const goesOn = repeatable ? `to continue: trawl --continue ${run}` : `to continue with the same list: trawl --continue ${run} FILE`;
  return `${goesOn}; to see the results so far: trawl report ${run}`;
}

/** One line for each kind of link that a crawl did not check, with the option that checks it. Empty for a crawl of a list. */
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
