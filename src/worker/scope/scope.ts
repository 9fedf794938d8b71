import type { LeftOut } from '../../model/left-out.ts';
import type { FollowOptions } from '../../model/link-options.ts';
import { reachOf } from './reach.ts';
import { MAX_URL_CHARS, pathTrap } from './traps.ts';

/** Why a link is left out, or undefined: it is to be followed. Pure. `link` is as it would be requested: without dot segments (`withoutDotSegments`), and stripped (`strippedUrl`). */
export type JudgeLink = (link: URL) => LeftOut | undefined;

/** Which links a run follows. */
export interface Scope {
  /** The judge of the links on the pages that belong to `root`, the seed from which a crawl came there. Make it once per page or seed, not per link. */
  from(root: URL): JudgeLink;
}

/**
 * Compiles what a run follows, once per run and process. It throws a SyntaxError for a pattern that is no regular expression: `regexText` refuses those.
 *
 * The first reason of these counts: `other-scheme`, `excluded`, `scope`, `not-included`, `url-length`, `path-segments`, `repeated-segments`.
 * So a link that is left out for `scope` is one that nobody excluded, and may be checked without being followed.
 *
 * Patterns are tested against the whole URL as WHATWG serialises it, without its fragment, and match anywhere in it unless anchored. That text is
 * ASCII, so that they have no `u` flag, under which `\-` and the like would be errors. A pattern that takes for ever is its author's;
 * without patterns, a link costs time linear in its length, and at most `maxPathSegments` squared comparisons.
 */
export async function compileScope(options: FollowOptions): Promise<Scope> {
  const reach = await reachOf(options.scope);
  const include = options.include.map((source) => new RegExp(source));
  const exclude = options.exclude.map((source) => new RegExp(source));
  const { maxPathSegments } = options;
  return {
    from(root) {
      const reaches = reach(root);
      return (link) => {
        if (link.protocol !== 'http:' && link.protocol !== 'https:') return 'other-scheme';
        const href = withoutFragment(link.href);
        if (matchesAny(exclude, href)) return 'excluded';
        if (!reaches(link)) return 'scope';
        if (include.length > 0 && !matchesAny(include, href)) return 'not-included';
        if (href.length > MAX_URL_CHARS) return 'url-length';
        return pathTrap(link.pathname, maxPathSegments);
      };
    },
  };
}

function withoutFragment(href: string): string {
  const fragment = href.indexOf('#');
  return fragment === -1 ? href : href.slice(0, fragment);
}

function matchesAny(patterns: readonly RegExp[], text: string): boolean {
  for (const pattern of patterns) if (pattern.test(text)) return true;
  return false;
}
