/** What is settled without a request shares one backlog, which is that of no server. */
export const LOCAL_ORIGIN = 'file://';

const LOCAL_URL = /^file:\/\/[0-9a-f]*\//;

/**
 * The URL under which what is settled without a request goes through the frontier. It is a name, and not percent-encoded: rows show what is behind its origin as it is.
 *
 * @param shown of a local link, the path from the working directory, with `/` between its parts, and `#fragment` behind it if there is one; of any other, its URL without credentials
 */
export function localUrl(shown: string): string {
  return `${LOCAL_ORIGIN}/${shown}`;
}

/** What a row shows of a `localUrl`; any other URL as it is. */
export function withoutLocalOrigin(url: string): string {
  return url.replace(LOCAL_URL, '');
}

/** The origin and URL of a `localUrl` that waits for no other: a run's interval holds back the next of each origin, whether or not there was a request. */
export function apart(url: string, key: string): { origin: string; url: string } {
  return { origin: `${LOCAL_ORIGIN}${key}`, url: `${LOCAL_ORIGIN}${key}${url.slice(LOCAL_ORIGIN.length)}` };
}
