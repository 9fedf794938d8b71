import { nameFor, namesAll } from './product-token.ts';
import { type RobotsLine, robotsLines } from './robots-lines.ts';
import { escapeOctets, readPattern } from './robots-pattern.ts';
import { type BindingRule, type RobotsRules, rulesOf } from './robots-rules.ts';

const SECONDS = /^(?:\d+(?:\.\d*)?|\.\d+)$/;

/** What is said to some agents, in whichever places. */
interface Group {
  rules: BindingRule[];
  crawlDelayMs: number | undefined;
}

/** Whom a list of `User-agent` lines names: the crawler, by which name, or all. */
interface Agents {
  name: string | undefined;
  all: boolean;
}

const NOBODY: Agents = { name: undefined, all: false };

/**
 * Reads a robots.txt as RFC 9309 has it, and as Google's parser does where the RFC leaves it open. Never throws: what is no rule is passed over.
 *
 * @param productToken the crawler's name: the groups that name it bind it, all of them together, and those for `*` only if none does. See `productToken`.
 * @param robotsUrl where the file was found: what its sitemaps are relative to
 */
export function readRobots(text: string | Uint8Array, productToken: string, robotsUrl: string): RobotsRules {
  const own: Group = { rules: [], crawlDelayMs: undefined };
  const everybody: Group = { rules: [], crawlDelayMs: undefined };
  const groupOf = ({ name, all }: Agents) => (name !== undefined ? own : all ? everybody : undefined);
  const sitemaps = new Set<string>();
  let isNamed = false;
  // Only rules end the list of agents that they are for: whatever else stands between two `User-agent` lines, these are of one group (RFC 9309 section 2.2.4). A Crawl-delay is no rule; it is for those
  // that were named since the one before it, as it is meant where each agent has its own.
  let bound = NOBODY;
  let delayed = NOBODY;
  let boundEnded = false;
  let delayedEnded = false;
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
        bound = boundEnded ? agents : joined(bound, agents);
        delayed = boundEnded || delayedEnded ? agents : joined(delayed, agents);
        boundEnded = false;
        delayedEnded = false;
        break;
      }
      case 'crawl-delay': {
        delayedEnded = true;
        const group = groupOf(delayed);
        if (group !== undefined) group.crawlDelayMs = longer(group.crawlDelayMs, line.value);
        break;
      }
      default:
        boundEnded = true;
        groupOf(bound)?.rules.push(...bindingRules(line, bound.name ?? '*'));
    }
  }
  const { rules, crawlDelayMs } = isNamed ? own : everybody;
  return rulesOf(rules, [...sitemaps], crawlDelayMs);
}

function agentsOf(value: string, productToken: string): Agents {
  return namesAll(value) ? { name: undefined, all: true } : { name: nameFor(productToken, value), all: false };
}

function joined(one: Agents, other: Agents): Agents {
  return { name: other.name ?? one.name, all: one.all || other.all };
}

/** The rule of a line; none if its path is empty, which matches nothing; and two for an index page that is allowed: as with Google, so is its folder. */
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

function longer(crawlDelayMs: number | undefined, value: string): number | undefined {
  const seconds = SECONDS.test(value) ? Number(value) : Number.NaN;
  return Number.isFinite(seconds) ? Math.max(crawlDelayMs ?? 0, Math.round(seconds * 1_000)) : crawlDelayMs;
}

function sitemapUrl(octets: string, robotsUrl: string): string | undefined {
  const value = Buffer.from(octets, 'latin1').toString();
  if (value === '' || !URL.canParse(value, robotsUrl)) return undefined;
  const { protocol, href } = new URL(value, robotsUrl);
  return protocol === 'http:' || protocol === 'https:' ? href : undefined;
}
