/** The host of an origin, as `URL.hostname` gives it. */
export function hostOf(origin: string): string {
  const host = origin.slice(origin.indexOf('//') + 2);
  const portAt = host.lastIndexOf(':');
  return portAt === -1 || host.endsWith(']') ? host : host.slice(0, portAt);
}
