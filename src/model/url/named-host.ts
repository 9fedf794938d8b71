import { type Entry, homeOf } from '../entry.ts';

/** The entry's host, if the operator named it: as that of a seed, or of one from which links led here without leaving it. On it private addresses may be reached. */
export function namedHostOf(entry: Entry): string | undefined {
  const { depth, hostNamed, request } = entry;
  const isNamed = depth === 0 ? request?.foreign !== true : hostNamed === true;
  return isNamed ? hostOf(homeOf(entry)) : undefined;
}

/** The entry's host, if a page at a private address links to it. */
export function linkedHostOf(entry: Entry): string | undefined {
  return entry.linkedPrivately ? hostOf(homeOf(entry)) : undefined;
}

/** The host of an origin, as `URL.hostname` gives it. */
export function hostOf(origin: string): string {
  const host = origin.slice(origin.indexOf('//') + 2);
  const portAt = host.lastIndexOf(':');
  return portAt === -1 || host.endsWith(']') ? host : host.slice(0, portAt);
}
