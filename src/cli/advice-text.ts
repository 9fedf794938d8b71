import type { Verdict } from '../core/verdict.ts';
import { shownNumber } from '../report/shown-figures.ts';

/** What one can do about each verdict. Nothing is said of those that only the server's owner can mend. */
const ADVICE: Partial<Record<Verdict, string>> = {
  broken: 'the pages are gone or their server fails: mend the links, or let --accept take such statuses',
  blocked: "the server wants credentials or bars crawlers: -H 'Authorization: env:TOKEN' sends some",
  'rate-limited': 'the server wants fewer requests: --host-interval 1s or --host-concurrency 1 ask more gently',
  timeout: '--timeout and --connect-timeout allow more time, --retries more attempts',
  dns: 'there are no such hosts: check how they are written, or the name server',
  refused: 'nothing listens there: check host and port',
  reset: 'the connection was cut: --host-concurrency 1 may help with a server that is easily overrun',
  tls: 'the certificate or the protocol is not to be trusted: the error says which',
  protocol: 'what came is not HTTP: the error says what',
  'too-many-redirects': '--max-redirects allows more, if it is no loop',
  'invalid-url': 'such lines are no URLs: write them with their scheme, or after a #',
  crashed: 'workers died of these, or this machine could not connect: the rows say which, and what to raise',
  'map-failed': 'the --map module failed on these: the error says why and where',
  robots: 'robots.txt does not allow these: trawl explain URL says which line; --no-robots does not ask',
  'private-address': '--private allow lets private addresses be reached that no list names',
};

/** What failed or was skipped, and what one can do about it: a line for each verdict, the most frequent first. Empty if there is nothing to say. */
export function adviceText(verdicts: Partial<Record<Verdict, number>>): string[] {
  return Object.entries(verdicts)
    .sort(([, a], [, b]) => b - a)
    .flatMap(([verdict, rows]) => {
      const advice = ADVICE[verdict as Verdict];
      return advice === undefined ? [] : [`${shownNumber(rows)} ${verdict}: ${advice}`];
    });
}
