/** What is done with the links of a page: part of a run's options. */
export interface LinkOptions extends FollowOptions {
  /** Links that are followed from a seed, one after another; 0 for the list only. */
  depth: number;
  /** `all`: images, scripts, stylesheets and the like too. */
  links: 'pages' | 'all';
  /** Names of query parameters that are taken out of every URL; `*` stands for anything. */
  stripParams: readonly string[];
  /** Links that leave the scope are requested once, and not followed. */
  checkExternal: boolean;
  /** Links that are not to be followed (`nofollow`) are requested once all the same. */
  checkNofollow: boolean;
  /** URLs of the run, seeds included; links beyond are left out. Absent: no limit. */
  maxUrls?: number;
  /** Likewise for each host. */
  maxUrlsPerHost: number;
  /** robots.txt, nofollow and Crawl-delay are obeyed. */
  robots: boolean;
  /** Outcomes tell what `#fragment` can point at, and which were pointed at. */
  fragments: boolean;
  /** Sources of regular expressions without flags: the fragment of a link is not checked if its URL with the fragment matches one. */
  excludeFragments: readonly string[];
  /** Outcomes tell which links were left out, and why. */
  keepSkipped: boolean;
}

/** Whoever follows links obeys robots.txt, unless that was said. */
export function obeysRobots(depth: number, said: boolean | undefined): boolean {
  return said ?? depth > 0;
}

/** True if a run requests links that it does not follow: entries of it may be `external`. */
export function checksUnfollowed({ depth, checkExternal, checkNofollow }: LinkOptions): boolean {
  return depth > 0 && (checkExternal || checkNofollow);
}

/** Runs that follow links no further than this find the same URLs in whatever order their pages come. */
export const MOST_EXACT_DEPTH = 15;

/**
 * The run remembers the least depth at which it met each URL. A page that was met on a long way first leads on as from the short one; if its links were pushed by then, it is
 * fetched once more for them. Otherwise the first way counts: with a greater limit, what lies at its edge depends on the order in which pages come.
 */
export function tracksDepth({ depth }: Pick<LinkOptions, 'depth'>): boolean {
  return depth > 0 && depth <= MOST_EXACT_DEPTH;
}

/**
 * Which links belong to a crawl, seen from its seed.
 *
 * - `origin`: the same scheme, host and port.
 * - `host`: the same host, with any scheme and port.
 * - `domain`: the same registrable domain (`example.co.uk`).
 * - `prefix`: the same host and port, by http or https, and below the seed's directory.
 * - `any`: all.
 */
export const SCOPE_KINDS = ['origin', 'host', 'domain', 'prefix', 'any'] as const;
export type ScopeKind = (typeof SCOPE_KINDS)[number];

/** Which links are followed. It travels with the run, so that it is JSON. */
export interface FollowOptions {
  scope: ScopeKind;
  /** Sources of regular expressions without flags. If there are any, one must match the URL. */
  include: readonly string[];
  /** Sources of regular expressions without flags. None may match the URL. */
  exclude: readonly string[];
  /** Most segments of a path: `/a/b/` has two. */
  maxPathSegments: number;
}
