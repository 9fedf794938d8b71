import type { Chain } from '../chain.ts';
import type { Entry } from '../entry.ts';
import type { SeedLine } from '../lines/seed-line.ts';
import type { OutcomeError } from '../outcome.ts';
import type { BareScheme } from '../run-options.ts';
import { tlsProblemOf } from '../tls-problem.ts';
import type { Verdict } from '../verdict.ts';
import { canonicalUrl, urlKey } from './canonical-url.ts';

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/** Port 80 says http as clearly as a scheme does. */
const PORT_80 = /^[^/?#]*:80(?:[/?#]|$)/;

const HTTP = 'http:';

function isBare(input: string): boolean {
  return !SCHEME.test(input) && !PORT_80.test(input);
}

/** A seed, with https instead of http if its line has no scheme and `scheme` is not `http`, which is the default. */
export function bareSeedBy(scheme: BareScheme = 'http', seed: SeedLine): SeedLine {
  if (scheme === 'http' || seed.kind !== 'url' || !isBare(seed.input)) return seed;
  const url = new URL(seed.url);
  url.protocol = 'https:';
  return { ...seed, url: url.href, origin: url.origin, key: urlKey(canonicalUrl(url)) };
}

/** What kept an entry from its answer. */
interface Failure {
  verdict: Verdict;
  error: OutcomeError;
  requests: number;
  finishedAtMs: number;
}

/**
 * Where an entry goes on by http, if its line has no scheme and no https connection came about. Undefined in all other cases. A certificate that cannot be trusted is one of them:
 * there is an https server, and whoever stands between must not turn https off. As behind a redirect to another origin, the run's secret headers are not sent.
 */
export function httpInstead(entry: Entry, { verdict, error, requests, finishedAtMs }: Failure): Chain | undefined {
  const { url, input, chain, origin, depth } = entry;
  if (chain !== undefined || depth > 0 || !url.startsWith('https:') || input === undefined || !isBare(input)) return undefined;
  if (verdict === 'dns' || verdict === 'private-address' || !isUnconnected(verdict, error)) return undefined;
  const plain = new URL(url);
  plain.protocol = HTTP;
  plain.username = '';
  plain.password = '';
  return { home: origin, url: plain.href, redirects: [], requests, startedAtMs: finishedAtMs, usedMs: 0 };
}

function isUnconnected(verdict: Verdict, { phase, code }: OutcomeError): boolean {
  if (verdict === 'tls') return tlsProblemOf(code) === 'protocol';
  return phase === 'connect' || phase === 'proxy' || phase === 'tls';
}
