/** Local targets of links share one backlog, though nothing is requested of it. */
export const LOCAL_ORIGIN = 'file://';

/**
 * The URL under which the target of a local link goes through the frontier. It is a name, and not percent-encoded: rows show the rest of it as it is.
 *
 * @param target a path relative to the working directory, with `/` between its parts, and `#fragment` behind it if there is one
 */
export function localUrl(target: string): string {
  return `${LOCAL_ORIGIN}/${target}`;
}

/** The target behind a `localUrl`; any other URL as it is. */
export function withoutLocalOrigin(url: string): string {
  return url.startsWith(`${LOCAL_ORIGIN}/`) ? url.slice(LOCAL_ORIGIN.length + 1) : url;
}
