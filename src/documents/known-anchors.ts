import type { DocumentKind } from './document-kind.ts';

/** What fragments can point at in a document. */
export interface Anchors {
  kind: DocumentKind;
  anchors: ReadonlySet<string>;
}

interface Packed {
  kind: DocumentKind;
  text: string;
}

/** Documents whose anchors are at hand: those of neighbours are asked for one after another. */
const MOST_OPEN = 100;
/** No anchor holds it: parsers of HTML and Markdown take it out. */
const BETWEEN = '\0';

/** The anchors of any number of documents: each document's are one text, of its own, while nobody asks for them. (As sets of parts of the documents they kept 32,000 pages in memory.) */
export class KnownAnchors {
  readonly #packed = new Map<string, Packed | undefined>();
  readonly #open = new Map<string, Anchors>();

  /** @param found undefined: what the document's are is not known */
  keep(path: string, found: Anchors | undefined): void {
    this.#packed.set(path, found && { kind: found.kind, text: Buffer.from([...found.anchors].join(BETWEEN)).toString() });
  }

  has(path: string): boolean {
    return this.#packed.has(path);
  }

  get(path: string): Anchors | undefined {
    const packed = this.#packed.get(path);
    if (packed === undefined) return undefined;
    const open = this.#open.get(path) ?? { kind: packed.kind, anchors: new Set(packed.text === '' ? [] : packed.text.split(BETWEEN)) };
    this.#open.delete(path);
    this.#open.set(path, open);
    if (this.#open.size > MOST_OPEN) this.#open.delete(this.#open.keys().next().value as string);
    return open;
  }
}
