/** So deep and long they are followed: each can make the next one longer. */
const MOST_DEPTH = 64;
const MOST_CHARACTERS = 4_096;

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
   * @param written its own `xml:base`. One that is too long, or that no URL can be made of, is ignored.
   */
  begin(written: string | undefined, isSelfClosing: boolean): string | undefined {
    const outer = this.current;
    if (!isSelfClosing) this.#depth++;
    const from = outer ?? this.#documentUrl;
    if (written === undefined || this.#open.length >= MOST_DEPTH || from.length + written.length > MOST_CHARACTERS) return outer;
    if (!URL.canParse(written, from)) return outer;
    const base = new URL(written, from).href;
    if (!isSelfClosing) this.#open.push({ depth: this.#depth, base });
    return base;
  }

  /** At an end tag. */
  end(): void {
    if (this.#open.at(-1)?.depth === this.#depth) this.#open.pop();
    this.#depth = Math.max(0, this.#depth - 1);
  }
}
