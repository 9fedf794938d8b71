import type { LeftOut } from '../../model/left-out.ts';
import type { FollowOptions } from '../../model/link-options.ts';
import { scopeTestOf } from './scope-kinds.ts';
import { MAX_URL_CHARS, pathTrap } from './traps.ts';

/**
 * Returns why a link is skipped, or undefined if it is followed. Pure. `link` must be in the form in which it would be
 * requested: without dot segments (`withoutDotSegments`) and without stripped parameters (`strippedUrl`).
 */
export type JudgeLink = (link: URL) => LeftOut | undefined;

/** Decides which links a run follows. */
export interface Scope {
  /**
   * Returns the judge for links on pages that were reached from the seed `root`. Call it once per page or seed, not
   * once per link.
   */
  from(root: URL): JudgeLink;
}

/**
 * Compiles a run's scope options; do this once per run and process. Throws a SyntaxError for an invalid pattern, but
 * option parsing (`regexText`) refuses those first.
 *
 * The first reason that applies counts, in this order: `other-scheme`, `excluded`, `scope`, `not-included`,
 * `url-length`, `path-segments`, `repeated-segments`. So a link that is skipped for `scope` was not excluded by a
 * pattern, and may be checked without being followed.
 *
 * Patterns are tested against the whole URL as WHATWG serialises it, without its fragment, and match anywhere in it
 * unless anchored. This text is ASCII, so patterns need no `u` flag, under which escapes such as `\-` would be errors.
 * A pattern with catastrophic backtracking is its author's responsibility. Without patterns, a link costs time linear
 * in its length, plus at most `maxPathSegments` squared comparisons.
 */
export async function compileScope(options: FollowOptions): Promise<Scope> {
  const reach = await scopeTestOf(options.scope);
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
