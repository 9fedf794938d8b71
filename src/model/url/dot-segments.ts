const DOT_SEGMENT = /\/(\.\.?)(?=\/|$)/g;

/**
 * A URL whose path has no dot segments: the URL itself, if its parser was right, else a new one.
 *
 * Node's parser up to Ada 3.2.2 (all of Node 20) leaves them where a segment before them begins with a dot: `/a/.b/../c` stays as it is
 * (ada-url/ada#935). Such a path would have two keys, and lie below `/a/.b/` for whoever compares beginnings. Escaped dots take the parser's other way.
 */
export function withoutDotSegments(url: URL): URL {
  const { pathname } = url;
  if (!pathname.includes('/.')) return url;
  const escaped = pathname.replace(DOT_SEGMENT, (_match, dots: string) => `/${dots.replaceAll('.', '%2e')}`);
  if (escaped === pathname) return url;
  const resolved = new URL(url);
  resolved.pathname = escaped;
  return resolved;
}
