import type { LookupAddress } from 'node:dns';
import type { ResolveHost } from '../../fetch/dns/dns-cache.ts';
import { ipLiteral, mayReachPrivate } from '../../fetch/dns/private-reach.ts';
import { specialAddress } from '../../fetch/dns/special-address.ts';
import type { Fetcher } from '../../fetch/fetcher.ts';
import { parseSeedLine } from '../../model/lines/seed-line.ts';
import type { RunOptions } from '../../model/run-options.ts';
import { bareSeedBy } from '../../model/url/bare-scheme.ts';
import { canonicalUrl, requestTarget, urlKey } from '../../model/url/canonical-url.ts';
import { compileStripParams, strippedUrl } from '../../model/url/strip-params.ts';
import { withoutCredentials } from '../../model/url/without-credentials.ts';
import { productToken } from '../../parse/robots/product-token.ts';
import { readRobots } from '../../parse/robots/read-robots.ts';
import { robotsRecord, robotsRequest } from '../../worker/robots/robots-record.ts';
import { compileScope } from '../../worker/scope/scope.ts';
import type { ExplainedAddress, ExplainedRobots, ExplainedScope, Explanation } from './explanation.ts';

export interface ExplainContext {
  options: RunOptions;
  /** Seeds, or the page that would link to the URL. */
  from: readonly URL[];
  fetcher: Fetcher;
  resolveHost: ResolveHost;
  signal: AbortSignal;
}

/** Explains what would happen to a URL. Requests its robots.txt and looks up its addresses, and uses the network for nothing else. */
export async function explainUrl(text: string, context: ExplainContext): Promise<Explanation> {
  const { options, from } = context;
  const seed = bareSeedBy(options.scheme, parseSeedLine(text));
  if (seed.kind !== 'url') {
    const problem = seed.kind === 'blank' ? { code: 'NOT_A_URL', message: 'there is no URL' } : { code: seed.code, message: seed.message };
    return { input: seed.kind === 'blank' ? text : seed.input, problem, verdict: 'invalid' };
  }
  const url = strippedUrl(new URL(seed.url), compileStripParams(options.stripParams));
  const canonical = canonicalUrl(new URL(withoutCredentials(url.href)));
  const scope = await explainScope(url, options, from);
  const named = from.length === 0 || from.some(({ hostname }) => hostname === url.hostname);
  const address = await explainAddress(url, named, context);
  const robots = await explainRobots(url, named, context);
  const because = reasonOf(scope, robots, address);
  return {
    input: seed.input,
    url: withoutCredentials(url.href),
    canonical,
    key: urlKey(canonicalUrl(url)),
    scope,
    robots,
    address,
    verdict: because === undefined ? 'fetch' : 'skip',
    ...(because !== undefined && { because }),
  };
}

function reasonOf({ leftOut }: ExplainedScope, { allowed, kind }: ExplainedRobots, { refused }: ExplainedAddress): Explanation['because'] {
  if (leftOut !== undefined) return leftOut === 'excluded' ? 'excluded' : 'scope';
  // Checked before robots.txt, which has the same address.
  if (refused) return 'private-address';
  if (allowed) return undefined;
  return kind === 'unreachable' ? 'robots-unreachable' : 'robots';
}

/** With several seeds, the URL is in scope if it is in the scope of one of them. Without seeds, only the rules that hold for every link are checked. */
async function explainScope(url: URL, options: RunOptions, from: readonly URL[]): Promise<ExplainedScope> {
  const scope = await compileScope(options);
  const judged = (from.length === 0 ? [url] : from).map((root) => scope.from(root)(url));
  const leftOut = judged.includes(undefined) ? undefined : judged[0];
  return { kind: options.scope, from: from.map(({ href }) => withoutCredentials(href)), ...(leftOut !== undefined && { leftOut }) };
}

async function explainAddress(url: URL, named: boolean, { options, resolveHost }: ExplainContext): Promise<ExplainedAddress> {
  const { hostname } = url;
  const literal = ipLiteral(hostname);
  const { addresses, problem } = literal === undefined ? await lookUp(hostname, resolveHost) : { addresses: [literal], problem: undefined };
  const classed = addresses.map((address) => {
    const block = specialAddress(address);
    return { address, ...(block !== undefined && { block }) };
  });
  const refused =
    classed.some(({ block }) => block !== undefined) &&
    !mayReachPrivate(options.privateAddresses, hostname, { namedHost: named ? hostname : undefined });
  return { host: hostname, addresses: classed, ...(problem !== undefined && { problem }), refused };
}

function lookUp(hostname: string, resolveHost: ResolveHost): Promise<{ addresses: string[]; problem?: string }> {
  return new Promise((resolve) => {
    resolveHost(hostname, (error, found: LookupAddress[] = []) => {
      if (error !== null) resolve({ addresses: [], problem: `no address (${error.code})` });
      else resolve({ addresses: found.map(({ address }) => address) });
    });
  });
}

/** Fetches the robots.txt of the URL's origin and applies it. */
async function explainRobots(url: URL, named: boolean, { options, fetcher, signal }: ExplainContext): Promise<ExplainedRobots> {
  const robotsUrl = `${url.origin}/robots.txt`;
  if (!options.robots) return { url: robotsUrl, kind: 'ignored', allowed: true };
  const result = await fetcher.fetch(robotsRequest(url.origin, options, named ? url.hostname : undefined), signal);
  const record = robotsRecord(robotsUrl, result, { failures: 0, nowMs: 0, waitMs: 0 });
  if (record.kind === 'unreachable') {
    return { url: robotsUrl, kind: record.kind, allowed: false, why: record.error.message, verdict: record.verdict };
  }
  if (record.kind === 'allow-all') return { url: robotsUrl, kind: record.kind, allowed: true, why: record.why };
  const agent = productToken(options.userAgent);
  const rules = readRobots(Buffer.from(record.body, 'latin1'), agent, record.url);
  const { allowed, rule } = rules.decide(requestTarget(url));
  return {
    url: record.url,
    kind: 'rules',
    allowed,
    agent,
    ...(rule !== undefined && { rule }),
    ...(rules.crawlDelayMs !== undefined && { crawlDelayMs: rules.crawlDelayMs }),
  };
}
