import { requestTarget } from '../../model/url/request-target.ts';
import { productToken } from '../../parse/robots/product-token.ts';
import { readRobots } from '../../parse/robots/read-robots.ts';
import { robotsRecord } from '../../worker/robots/robots-record.ts';
import { robotsRequest } from '../../worker/robots/robots-request.ts';
import type { ExplainContext } from './explain-url.ts';
import type { ExplainedRobots } from './explanation.ts';

/** Fetches the robots.txt that rules over the URL, and asks it. */
export async function explainRobots(url: URL, named: boolean, { options, fetcher, signal }: ExplainContext): Promise<ExplainedRobots> {
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
