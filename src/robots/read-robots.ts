import { nameFor, namesAll } from './product-token.ts';
import { escapeOctets } from './robots-escapes.ts';
import { type RobotsLine, robotsLines } from './robots-lines.ts';
import { readPattern } from './robots-pattern.ts';
import { type BindingRule, type RobotsRules, rulesOf } from './robots-rules.ts';

const SECONDS = /^(?:\d+(?:\.\d*)?|\.\d+)$/;

/** What is said to some agents, in whichever places. */
interface Group {
  rules: BindingRule[];
  crawlDelayMs: number | undefined;
}

/**
 * Reads a robots.txt as RFC 9309 has it, and as Google's parser does where the RFC leaves it open. Never throws: what is no rule is passed over.
 *
 * @param productToken the crawler's name: the groups that name it bind it, all of them together, and those for `*` only if none does. See `productToken`.
 * @param robotsUrl where the file was found: what its sitemaps are relative to
 */
export function readRobots(text: string | Uint8Array, productToken: string, robotsUrl: string): RobotsRules {
  const own: Group = { rules: [], crawlDelayMs: undefined };
  const everybody: Group = { rules: [], crawlDelayMs: undefined };
  const sitemaps = new Set<string>();
  let isNamed = false;
  let name: string | undefined;
  let forAll = false;
  // Only rules end the list of agents: whatever else stands between two `User-agent` lines, they are of one group.
  let listEnded = false;
  for (const line of robotsLines(typeof text === 'string' ? Buffer.from(text) : text)) {
    if (line.field === 'sitemap') {
      const url = sitemapUrl(line.value, robotsUrl);
      if (url !== undefined) sitemaps.add(url);
      continue;
    }
    if (line.field === 'user-agent') {
      if (listEnded) [name, forAll, listEnded] = [undefined, false, false];
      if (namesAll(line.value)) forAll = true;
      else name = nameFor(productToken, line.value) ?? name;
      isNamed ||= name !== undefined;
      continue;
    }
    if (name === undefined && !forAll) {
      // Rules for others end their list too; those before any agent have none to end.
      listEnded ||= line.field !== 'crawl-delay';
      continue;
    }
    const group = name === undefined ? everybody : own;
    if (line.field === 'crawl-delay') {
      group.crawlDelayMs = longer(group.crawlDelayMs, line.value);
      continue;
    }
    listEnded = true;
    group.rules.push(...bindingRules(line, name ?? '*'));
  }
  const { rules, crawlDelayMs } = isNamed ? own : everybody;
  return rulesOf(rules, [...sitemaps], crawlDelayMs);
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
