/** What links are relative to in a document with `xml:base` attributes (XML Base, section 4). */
export class XmlBases {
  readonly #documentUrl: string;
  /** Of the elements that are open and have one: how deep they are, and what it resolves to. */
  readonly #open: Array<{ readonly depth: number; readonly base: string }> = [];
  #depth = 0;

  constructor(documentUrl: string) {
    this.#documentUrl = documentUrl;
  }

  /** The base at the place that was reached; undefined for the document's. */
  get current(): string | undefined {
    return this.#open.at(-1)?.base;
  }

  /**
   * At a start tag: the base of the element and what is in it.
   *
   * @param written its own `xml:base`. One that no URL can be made of is ignored.
   */
  begin(written: string | undefined, isSelfClosing: boolean): string | undefined {
    const outer = this.current;
    if (!isSelfClosing) this.#depth++;
    if (written === undefined || !URL.canParse(written, outer ?? this.#documentUrl)) return outer;
    const base = new URL(written, outer ?? this.#documentUrl).href;
    if (!isSelfClosing) this.#open.push({ depth: this.#depth, base });
    return base;
  }

  /** At an end tag. */
  end(): void {
    if (this.#open.at(-1)?.depth === this.#depth) this.#open.pop();
    this.#depth = Math.max(0, this.#depth - 1);
  }
}
