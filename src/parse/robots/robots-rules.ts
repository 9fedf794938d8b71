import { matches, type RobotsPattern, readPath } from './robots-pattern.ts';

/** What a robots.txt has for one product token. Immutable; holds on to the text of the file, at most 500 KiB. */
export interface RobotsRules {
  /** The pause that the group asks for between two requests, in milliseconds; absent without. The longest, if it asks for several. */
  readonly crawlDelayMs?: number;
  /** The sitemaps that the file names, of whichever group: absolute http(s) URLs, in order, each once. */
  readonly sitemaps: readonly string[];
  /** Whether a URL of this origin may be fetched. Takes what `requestTarget` gives. */
  decide(pathAndQuery: string): RobotsDecision;
}

interface RobotsDecision {
  allowed: boolean;
  /** The rule that decided; absent if none matched. */
  rule?: RobotsRule;
}

/** A rule as it is written. */
export interface RobotsRule {
  /** Its line in the file, from 1. */
  line: number;
  /** Such as `Disallow: /private/`. */
  text: string;
  /** The agent that its group is for, as the file has it: `*` or the product token. */
  group: string;
}

/** A rule that is ready to be asked. */
export interface BindingRule {
  allows: boolean;
  pattern: RobotsPattern;
  /** Octets of its path: of those that match, the longest decides. */
  length: number;
  /** A `RobotsRule` whose text is not decoded yet: of thousands, one decides. */
  rule: { line: number; octets: string; group: string };
}

/** Rules for a robots.txt that has these, in the order of the file. */
export function rulesOf(binding: readonly BindingRule[], sitemaps: readonly string[], crawlDelayMs: number | undefined): RobotsRules {
  // The first that matches decides: the longest, and of two equally long ones the one that allows (RFC 9309 section 2.2.2).
  const ordered = binding.toSorted((one, other) => other.length - one.length || Number(other.allows) - Number(one.allows));
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
