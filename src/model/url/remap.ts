/** A rule by which links of documents are checked elsewhere. */
interface Remap {
  /** Source of a regular expression, matched against the URL. */
  pattern: string;
  /** `$1` stands for what the first group matched. */
  replacement: string;
}

/** Reads `PATTERN=REPLACEMENT`. The first `=` divides them, except in `(?=` and `(?<=`. Undefined without one, or without a pattern. */
export function splitRemap(text: string): Remap | undefined {
  const divider = /(?<!\(\?<?)=/g;
  const at = divider.exec(text)?.index ?? 0;
  return at === 0 ? undefined : { pattern: text.slice(0, at), replacement: text.slice(at + 1) };
}
