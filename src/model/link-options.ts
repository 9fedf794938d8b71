/** How the links of pages are handled: part of a run's options. */
export interface LinkOptions extends FollowOptions {
  /** How many links are followed in sequence from a seed. 0 fetches only the seeds. */
  depth: number;
  /** `all` includes images, scripts, stylesheets and other resources. */
  links: 'pages' | 'all';
  /** Names of query parameters that are removed from every URL. `*` matches any characters. */
  stripParams: readonly string[];
  /** Request each link that leaves the scope once, without following its links. */
  checkExternal: boolean;
  /** Request each `nofollow` link once, without following its links. */
  checkNofollow: boolean;
  /** Most URLs of the run, seeds included. Further links are not followed. Absent: no limit. */
  maxUrls?: number;
  /** Most URLs of one host, seeds included. Further links are not followed. */
  maxUrlsPerHost: number;
  /** Obey robots.txt, nofollow and Crawl-delay. */
  robots: boolean;
  /** Record in outcomes which `#fragment`s exist on a page, and which ones its links point at. */
  fragments: boolean;
  /**
   * Sources of regular expressions without flags. The fragment of a link is not checked if the URL, fragment included,
   * matches one.
   */
  excludeFragments: readonly string[];
  /** Record in outcomes which links were not followed, and why. */
  keepSkipped: boolean;
}

/** Whether a run obeys robots.txt: as the user chose, and otherwise only if it follows links. */
export function obeysRobots(depth: number, chosen: boolean | undefined): boolean {
  return chosen ?? depth > 0;
}

/** True if the run requests links without following them, so that its entries can be `external`. */
export function checksUnfollowed({ depth, checkExternal, checkNofollow }: LinkOptions): boolean {
  return depth > 0 && (checkExternal || checkNofollow);
}

/** Up to this depth, a run finds the same URLs in whatever order its pages are fetched. */
export const MAX_EXACT_DEPTH = 15;

/**
 * True if the run records the least depth at which it met each URL. If a page turns out to be nearer to a seed than
 * first known, its links get the smaller depth. If its links were already submitted by then, the page is fetched once
 * more for them.
 *
 * With a greater depth limit, the depth at which a URL was met first counts. What lies at the limit then depends on the
 * order in which pages arrive.
 */
export function tracksDepth({ depth }: Pick<LinkOptions, 'depth'>): boolean {
  return depth > 0 && depth <= MAX_EXACT_DEPTH;
}

/**
 * Which links are in scope, compared with the seed.
 *
 * - `origin`: the same scheme, host and port.
 * - `host`: the same host, with any scheme and port.
 * - `domain`: the same registrable domain (`example.co.uk`).
 * - `prefix`: the same host and port, with http or https, and below the seed's directory.
 * - `any`: all links.
 */
export const SCOPE_KINDS = ['origin', 'host', 'domain', 'prefix', 'any'] as const;
export type ScopeKind = (typeof SCOPE_KINDS)[number];

/** Which links are followed. Plain JSON, because it is sent to workers with the run. */
export interface FollowOptions {
  scope: ScopeKind;
  /** Sources of regular expressions without flags. If there are any, the URL must match one. */
  include: readonly string[];
  /** Sources of regular expressions without flags. The URL must match none. */
  exclude: readonly string[];
  /** Most segments that a path may have: `/a/b/` has two. */
  maxPathSegments: number;
}
