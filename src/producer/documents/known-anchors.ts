import { fragmentName, idsForName, withoutUserContent } from '../../model/url/fragment-name.ts';
import type { DocumentKind } from './document-kind.ts';

/** The anchors of a document: the names that fragments can point at. */
export class Anchors {
  readonly kind: DocumentKind;
  readonly names: ReadonlySet<string>;
  #lowerNames: ReadonlySet<string> | undefined;

  constructor(kind: DocumentKind, names: ReadonlySet<string>) {
    this.kind = kind;
    this.names = names;
  }

  /** The names in lower case. Computed on demand, because most documents do not need them. */
  get lowerNames(): ReadonlySet<string> {
    this.#lowerNames ??= new Set([...this.names].map((name) => name.toLowerCase()));
    return this.#lowerNames;
  }
}

interface Packed {
  kind: DocumentKind;
  text: string;
}

/**
 * How many documents keep their anchors unpacked. A few suffice, because links to one document usually come close
 * together.
 */
const MAX_OPEN = 100;
/** Separates packed names. No name contains it, because the parsers of HTML and Markdown remove it. */
const SEPARATOR = '\0';

/**
 * The anchors of any number of documents. Those not in use are packed into one string per document: as sets of
 * substrings, the anchors of 32,000 pages kept the text of each page in memory.
 */
export class KnownAnchors {
  readonly #packed = new Map<string, Packed | undefined>();
  readonly #open = new Map<string, Anchors>();

  /** @param found undefined if the document's anchors cannot be known */
  keep(path: string, found: Anchors | undefined): void {
    this.#packed.set(path, found && { kind: found.kind, text: Buffer.from([...found.names].join(SEPARATOR)).toString() });
  }

  has(path: string): boolean {
    return this.#packed.has(path);
  }

  get(path: string): Anchors | undefined {
    const packed = this.#packed.get(path);
    if (packed === undefined) return undefined;
    const open = this.#open.get(path) ?? new Anchors(packed.kind, new Set(packed.text === '' ? [] : packed.text.split(SEPARATOR)));
    this.#open.delete(path);
    this.#open.set(path, open);
    if (this.#open.size > MAX_OPEN) this.#open.delete(this.#open.keys().next().value as string);
    return open;
  }
}

/** True if a fragment points at an anchor. In Markdown case is ignored, because the renderer makes the anchors. */
export function hasAnchor(anchors: Anchors, fragment: string): boolean {
  const name = fragmentName(fragment);
  if (name === undefined) return true;
  for (const id of idsForName(name)) {
    if (anchors.names.has(id)) return true;
    if (anchors.kind === 'markdown' && anchors.lowerNames.has(withoutUserContent(id).toLowerCase())) return true;
  }
  return false;
}
