/** Reads an ignore file: a URL or a pattern on each line, in which `*` stands for anything; blank lines and `#` comments are nothing. */
export function urlMatcher(text: string): (url: string) => boolean {
  const patterns = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')));
  const globs = patterns.filter((pattern) => pattern.includes('*')).map((pattern) => pattern.split(/\*+/));
  return (url) => exact.has(url) || globs.some((pieces) => matches(url, pieces));
}

/** The pieces stand in the text in this order, the first at its beginning and the last at its end. In linear time, which a regular expression of many stars is not. */
function matches(text: string, pieces: readonly string[]): boolean {
  const [first = '', ...rest] = pieces;
  const last = rest.pop() ?? '';
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
