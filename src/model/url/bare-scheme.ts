import type { Chain } from '../chain.ts';
import type { Entry } from '../entry.ts';
import type { SeedLine } from '../lines/seed-line.ts';
import type { OutcomeError } from '../outcome.ts';
import type { BareScheme } from '../run-options.ts';
import { tlsProblemOf } from '../tls-problem.ts';
import type { Verdict } from '../verdict.ts';
import { canonicalUrl, urlKey } from './canonical-url.ts';

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/** An explicit port 80 means http, like an explicit scheme. */
const PORT_80 = /^[^/?#]*:80(?:[/?#]|$)/;

const HTTP = 'http:';

function hasNoScheme(input: string): boolean {
  return !SCHEME.test(input) && !PORT_80.test(input);
}

/**
 * The seed with https instead of http, if its line has no scheme and `scheme` is `https` or `auto`. Otherwise the seed
 * itself.
 */
export function bareSeedBy(scheme: BareScheme = 'http', seed: SeedLine): SeedLine {
  if (scheme === 'http' || seed.kind !== 'url' || !hasNoScheme(seed.input)) return seed;
  const url = new URL(seed.url);
  url.protocol = 'https:';
  return { ...seed, url: url.href, origin: url.origin, key: urlKey(canonicalUrl(url)) };
}

/** Why an entry got no response. */
interface Failure {
  verdict: Verdict;
  error: OutcomeError;
  requests: number;
  finishedAtMs: number;
}

/**
 * The next request of a seed without a scheme, over http, if no https connection could be established. Undefined in all
 * other cases.
 *
 * A certificate that cannot be trusted does not count: the server does speak https, and an attacker between us and the
 * server must not be able to turn https off. The run's secret headers are not sent, as after a redirect to another
 * origin.
 */
export function httpInstead(entry: Entry, { verdict, error, requests, finishedAtMs }: Failure): Chain | undefined {
  const { url, input, chain, origin, depth } = entry;
  if (chain !== undefined || depth > 0 || !url.startsWith('https:') || input === undefined || !hasNoScheme(input)) return undefined;
  if (verdict === 'dns' || verdict === 'private-address' || !couldNotConnect(verdict, error)) return undefined;
  const plain = new URL(url);
  plain.protocol = HTTP;
  plain.username = '';
  plain.password = '';
  return { home: origin, url: plain.href, redirects: [], requests, startedAtMs: finishedAtMs, usedMs: 0 };
}

function couldNotConnect(verdict: Verdict, { phase, code }: OutcomeError): boolean {
  if (verdict === 'tls') return tlsProblemOf(code) === 'protocol';
  return phase === 'connect' || phase === 'proxy' || phase === 'tls';
}
