/** Path and query of an http or https URL as WHATWG serialises it, which keeps a `?` with nothing behind it. `URL.search` does not. */
export function requestTarget({ href }: URL): string {
  // The first slash behind `http://` and a host of at least one character.
  const start = href.indexOf('/', 'https://'.length);
  const fragment = href.indexOf('#', start);
  return fragment === -1 ? href.slice(start) : href.slice(start, fragment);
}
