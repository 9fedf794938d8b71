import { nameFor, namesAll } from './product-token.ts';
import { type RobotsLine, robotsLines } from './robots-lines.ts';
import { escapeOctets, readPattern } from './robots-pattern.ts';
import { type BindingRule, type RobotsRules, rulesOf } from './robots-rules.ts';

const SECONDS = /^(?:\d+(?:\.\d*)?|\.\d+)$/;

/** The rules for a set of crawlers, from any place in the file. */
interface Group {
  rules: BindingRule[];
  crawlDelayMs: number | undefined;
}

/** The crawlers that a list of `User-agent` lines names: this crawler (by which name), or all. */
interface Agents {
  name: string | undefined;
  all: boolean;
}

const NO_AGENTS: Agents = { name: undefined, all: false };

/**
 * Parses a robots.txt as RFC 9309 defines it, and like Google's parser where the RFC leaves room. Lines that are not
 * rules are ignored. Never throws.
 *
 * @param productToken the crawler's name, see `productToken`. All groups that name it apply together. The groups for
 *   `*` apply only if no group names it.
 * @param robotsUrl the URL of the file, against which sitemap URLs are resolved
 */
export function readRobots(text: string | Uint8Array, productToken: string, robotsUrl: string): RobotsRules {
  const ownGroup: Group = { rules: [], crawlDelayMs: undefined };
  const defaultGroup: Group = { rules: [], crawlDelayMs: undefined };
  const groupOf = ({ name, all }: Agents) => (name !== undefined ? ownGroup : all ? defaultGroup : undefined);
  const sitemaps = new Set<string>();
  let isNamed = false;
  // Only Allow and Disallow lines end a list of agents. Other lines between two `User-agent` lines do not split the
  // group (RFC 9309 section 2.2.4). Crawl-delay is not part of the RFC: it applies to the agents named since the
  // previous Crawl-delay or rule, because files that give each agent its own delay mean it so.
  let ruleAgents = NO_AGENTS;
  let delayAgents = NO_AGENTS;
  let ruleAgentsEnded = false;
  let delayAgentsEnded = false;
  for (const line of robotsLines(typeof text === 'string' ? Buffer.from(text) : text)) {
    switch (line.field) {
      case 'sitemap': {
        const url = sitemapUrl(line.value, robotsUrl);
        if (url !== undefined) sitemaps.add(url);
        break;
      }
      case 'user-agent': {
        const agents = agentsOf(line.value, productToken);
        isNamed ||= agents.name !== undefined;
        ruleAgents = ruleAgentsEnded ? agents : joined(ruleAgents, agents);
        delayAgents = ruleAgentsEnded || delayAgentsEnded ? agents : joined(delayAgents, agents);
        ruleAgentsEnded = false;
        delayAgentsEnded = false;
        break;
      }
      case 'crawl-delay': {
        delayAgentsEnded = true;
        const group = groupOf(delayAgents);
        if (group !== undefined) group.crawlDelayMs = longerDelay(group.crawlDelayMs, line.value);
        break;
      }
      default:
        ruleAgentsEnded = true;
        groupOf(ruleAgents)?.rules.push(...bindingRules(line, ruleAgents.name ?? '*'));
    }
  }
  const { rules, crawlDelayMs } = isNamed ? ownGroup : defaultGroup;
  return rulesOf(rules, [...sitemaps], crawlDelayMs);
}

function agentsOf(value: string, productToken: string): Agents {
  return namesAll(value) ? { name: undefined, all: true } : { name: nameFor(productToken, value), all: false };
}

function joined(one: Agents, other: Agents): Agents {
  return { name: other.name ?? one.name, all: one.all || other.all };
}

/**
 * The rules of a line. An empty path gives no rule, because it matches nothing. `Allow: /folder/index.html` gives two:
 * as in Google's parser, it also allows the folder itself.
 */
function bindingRules({ field, value, number, text }: RobotsLine, group: string): BindingRule[] {
  if (value === '') return [];
  const allows = field === 'allow';
  const rule = { line: number, octets: text, group };
  const path = escapeOctets(value);
  const binding = (written: string): BindingRule => ({ allows, pattern: readPattern(written, allows), length: written.length, rule });
  const folderEnd = path.lastIndexOf('/') + 1;
  if (!allows || !path.startsWith('index.htm', folderEnd) || folderEnd === 0) return [binding(path)];
  return [binding(path), binding(`${path.slice(0, folderEnd)}$`)];
}

function longerDelay(crawlDelayMs: number | undefined, value: string): number | undefined {
  const seconds = SECONDS.test(value) ? Number(value) : Number.NaN;
  return Number.isFinite(seconds) ? Math.max(crawlDelayMs ?? 0, Math.round(seconds * 1_000)) : crawlDelayMs;
}

function sitemapUrl(octets: string, robotsUrl: string): string | undefined {
  const value = Buffer.from(octets, 'latin1').toString();
  if (value === '' || !URL.canParse(value, robotsUrl)) return undefined;
  const { protocol, href } = new URL(value, robotsUrl);
  return protocol === 'http:' || protocol === 'https:' ? href : undefined;
}
