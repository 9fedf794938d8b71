import type { Verdict } from '../../model/verdict.ts';
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
