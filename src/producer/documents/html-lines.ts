/** Collects the pieces of HTML in a document, and keeps each on its line. */
export class HtmlLines {
  readonly #lines: string[] = [];

  /** @param line of the beginning of `html`, from 0 */
  add(line: number, html: string): void {
    for (const [index, part] of html.split('\n').entries()) {
      const at = line + index;
      this.#lines[at] = (this.#lines[at] ?? '') + part;
    }
  }

  text(): string {
    // `Array.from` also visits the holes of lines without HTML.
    return Array.from(this.#lines, (line) => line ?? '').join('\n');
  }
}
