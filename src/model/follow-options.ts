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
