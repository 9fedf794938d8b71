import type { LinkOptions } from '../../src/model/link-options.ts';

/** The link options of a run that follows no links. */
export const LIST_ONLY: LinkOptions = {
  depth: 0,
  links: 'pages',
  scope: 'host',
  include: [],
  exclude: [],
  stripParams: [],
  checkExternal: false,
  checkNofollow: false,
  maxUrlsPerHost: 100_000,
  maxPathSegments: 32,
  robots: false,
  fragments: false,
  excludeFragments: [],
  keepSkipped: false,
};
