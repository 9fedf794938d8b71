import { matches, type RobotsPattern, readPath } from './robots-pattern.ts';

/**
 * The rules of a robots.txt for one product token. Immutable. Keeps the text of the file in memory, at most 500
 * KiB.
 */
export interface RobotsRules {
  /**
   * The Crawl-delay between two requests, in milliseconds. Absent if there is none. The longest if there are
   * several.
   */
  readonly crawlDelayMs?: number;
  /** The sitemaps of the whole file, whatever their group: absolute http(s) URLs in order, without duplicates. */
  readonly sitemaps: readonly string[];
  /** Decides whether a URL of this origin may be fetched. Takes a result of `requestTarget`. */
  decide(pathAndQuery: string): RobotsDecision;
}

interface RobotsDecision {
  allowed: boolean;
  /** The rule that decided. Absent if no rule matched. */
  rule?: RobotsRule;
}

/** A rule as it is written in the file. */
export interface RobotsRule {
  /** Its line in the file, counted from 1. */
  line: number;
  /** The text of the line, such as `Disallow: /private/`. */
  text: string;
  /** The agent of its group as the file writes it: `*` or the crawler's name. */
  group: string;
}

/** A rule, prepared for matching. */
export interface BindingRule {
  allows: boolean;
  pattern: RobotsPattern;
  /** Length of its path in bytes. The longest of the matching rules decides. */
  length: number;
  /** A `RobotsRule` whose text is not decoded yet, because only one of possibly thousands is ever shown. */
  rule: { line: number; octets: string; group: string };
}

/**
 * Creates the rules of a robots.txt.
 *
 * @param binding in the order of the file
 */
export function rulesOf(rules: readonly BindingRule[], sitemaps: readonly string[], crawlDelayMs: number | undefined): RobotsRules {
  // Ordered so that the first match decides: longest first, and of two equally long rules, Allow first (RFC 9309
  // section 2.2.2).
  const ordered = rules.toSorted((one, other) => other.length - one.length || Number(other.allows) - Number(one.allows));
  return Object.freeze({
    ...(crawlDelayMs !== undefined && { crawlDelayMs }),
    sitemaps: Object.freeze([...sitemaps]),
    decide(pathAndQuery: string): RobotsDecision {
      const path = readPath(pathAndQuery);
      if (path.written.split('?', 1)[0] === '/robots.txt') return { allowed: true };
      const decisive = ordered.find(({ pattern }) => matches(pattern, path));
      if (decisive === undefined) return { allowed: true };
      const { line, octets, group } = decisive.rule;
      return { allowed: decisive.allows, rule: { line, text: Buffer.from(octets, 'latin1').toString(), group } };
    },
  });
}
