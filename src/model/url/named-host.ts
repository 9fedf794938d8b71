import { type Entry, homeOf } from '../entry.ts';

/**
 * The entry's host if the operator named it: as the host of a seed, or of a link that was reached from a seed without
 * leaving the seed's host. Private addresses may be reached on such a host.
 */
export function namedHostOf(entry: Entry): string | undefined {
  const { depth, hostNamed, request } = entry;
  const isNamed = depth === 0 ? request?.foreign !== true : hostNamed === true;
  return isNamed ? hostOf(homeOf(entry)) : undefined;
}

/** The entry's host if a page at a private address links to it. */
export function linkedHostOf(entry: Entry): string | undefined {
  return entry.linkedPrivately ? hostOf(homeOf(entry)) : undefined;
}

/** The host of an origin, in the form of `URL.hostname`. */
export function hostOf(origin: string): string {
  const host = origin.slice(origin.indexOf('//') + 2);
  const portAt = host.lastIndexOf(':');
  return portAt === -1 || host.endsWith(']') ? host : host.slice(0, portAt);
}
