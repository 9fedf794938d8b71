/** A rule that checks links of documents at another URL. */
interface Remap {
  /** Source of a regular expression that is matched against the URL. */
  pattern: string;
  /** The replacement. `$1` is what the first group matched. */
  replacement: string;
}

/**
 * Parses `PATTERN=REPLACEMENT`. The first `=` is the separator, unless it belongs to `(?=` or `(?<=`. Undefined if
 * there is no separator or no pattern.
 */
export function splitRemap(text: string): Remap | undefined {
  const separator = /(?<!\(\?<?)=/g;
  const at = separator.exec(text)?.index ?? 0;
  return at === 0 ? undefined : { pattern: text.slice(0, at), replacement: text.slice(at + 1) };
}
