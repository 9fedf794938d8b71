/** Marks in comments with which authors exclude links: our own, and those of markdown-link-check. */
const MARK =
  /<!--\s*(?:trawl-ignore(?:-(start|end|line|next-line|file))?|markdown-link-check-(disable|enable)(?:-(line|next-line))?)\s*-->/g;
const LOOKS_MARKED = /trawl-ignore|markdown-link-check-/;

/** The lines of a document whose links are not checked because of marks. */
export class IgnoredLines {
  readonly #lines: ReadonlySet<number>;
  /** All lines from this one on are ignored. */
  readonly #from: number;

  private constructor(lines: ReadonlySet<number>, from = Number.POSITIVE_INFINITY) {
    this.#lines = lines;
    this.#from = from;
  }

  /**
   * Returns undefined if there are no marks, which is the case for most documents.
   *
   * @param html the HTML of the document, with its comments, on the same lines as in the document; without code
   * @param text the whole document, to find out whether a mark is alone on its line
   */
  static of(html: string, text: string): IgnoredLines | undefined {
    if (!LOOKS_MARKED.test(html)) return undefined;
    const lines = text.split('\n');
    const ignored = new Set<number>();
    let line = 1;
    let at = 0;
    let start: number | undefined;
    for (const match of html.matchAll(MARK)) {
      const [mark, own, other, otherLine] = match;
      for (let end = html.indexOf('\n', at); end !== -1 && end < match.index; end = html.indexOf('\n', at)) {
        line++;
        at = end + 1;
      }
      const kind = own ?? (other === undefined ? undefined : (otherLine ?? (other === 'disable' ? 'start' : 'end')));
      if (kind === 'file') return new IgnoredLines(ignored, 1);
      if (kind === 'start') start ??= line;
      else if (kind === 'end') {
        for (let between = start ?? line + 1; between <= line; between++) ignored.add(between);
        start = undefined;
      } else {
        // In MDX, comments are in braces.
        const shown = (lines[line - 1] ?? '')
          .replace(/^[\s>]+/, '')
          .trim()
          .replace(/^\{\/\*(.*)\*\/\}$/, '<!--$1-->');
        const isAlone = shown === mark;
        const isNext = kind === 'next-line' || (kind === undefined && isAlone);
        ignored.add(isNext ? line + 1 : line);
      }
    }
    return new IgnoredLines(ignored, start);
  }

  has(line: number): boolean {
    return line >= this.#from || this.#lines.has(line);
  }
}
