/** Entries that are settled without a request share one backlog under this origin, which belongs to no server. */
export const LOCAL_ORIGIN = 'file://';

const LOCAL_URL = /^file:\/\/[0-9a-f]*\//;

/**
 * The URL of an entry that is settled without a request. It serves only as a name and is not percent-encoded, because
 * rows show the part after the origin unchanged.
 *
 * @param shown for a local link, the path from the working directory with `/` as separator, and `#fragment` if there is
 *   one; for anything else, the URL without credentials
 */
export function localUrl(shown: string): string {
  return `${LOCAL_ORIGIN}/${shown}`;
}

/** The text that a row shows for a `localUrl`. Any other URL is returned unchanged. */
export function withoutLocalOrigin(url: string): string {
  return url.replace(LOCAL_URL, '');
}

/**
 * A `localUrl` moved to an origin of its own, so that it need not wait for others. A run's interval delays the next
 * entry of an origin even if there was no request.
 */
export function ownOrigin(url: string, key: string): { origin: string; url: string } {
  return { origin: `${LOCAL_ORIGIN}${key}`, url: `${LOCAL_ORIGIN}${key}${url.slice(LOCAL_ORIGIN.length)}` };
}
