import { fragmentName, idsForName, withoutUserContent } from '../../model/url/fragment-name.ts';
import type { DocumentKind } from './document-kind.ts';

/** What fragments can point at in a document. */
export class Anchors {
  readonly kind: DocumentKind;
  readonly names: ReadonlySet<string>;
  #lowerNames: ReadonlySet<string> | undefined;

  constructor(kind: DocumentKind, names: ReadonlySet<string>) {
    this.kind = kind;
    this.names = names;
  }

  /** The names in lower case. Most documents are never asked for them. */
  get lowerNames(): ReadonlySet<string> {
    this.#lowerNames ??= new Set([...this.names].map((name) => name.toLowerCase()));
    return this.#lowerNames;
  }
}

interface Packed {
  kind: DocumentKind;
  text: string;
}

/** Documents whose anchors are unpacked: neighbours usually link to each other one after another. */
const MOST_OPEN = 100;
/** No anchor contains it: parsers of HTML and Markdown remove it. */
const BETWEEN = '\0';

/** The anchors of any number of documents. Each document's are packed into one string while nobody asks for them: as sets, those of 32,000 pages kept every page's text in memory. */
export class KnownAnchors {
  readonly #packed = new Map<string, Packed | undefined>();
  readonly #open = new Map<string, Anchors>();

  /** @param found undefined: the document's anchors are not known */
  keep(path: string, found: Anchors | undefined): void {
    this.#packed.set(path, found && { kind: found.kind, text: Buffer.from([...found.names].join(BETWEEN)).toString() });
  }

  has(path: string): boolean {
    return this.#packed.has(path);
  }

  get(path: string): Anchors | undefined {
    const packed = this.#packed.get(path);
    if (packed === undefined) return undefined;
    const open = this.#open.get(path) ?? new Anchors(packed.kind, new Set(packed.text === '' ? [] : packed.text.split(BETWEEN)));
    this.#open.delete(path);
    this.#open.set(path, open);
    if (this.#open.size > MOST_OPEN) this.#open.delete(this.#open.keys().next().value as string);
    return open;
  }
}

/** Whether a fragment points at something in a document. Case does not count in Markdown: whoever shows it makes its anchors. */
export function hasAnchor(anchors: Anchors, fragment: string): boolean {
  const name = fragmentName(fragment);
  if (name === undefined) return true;
  for (const id of idsForName(name)) {
    if (anchors.names.has(id)) return true;
    if (anchors.kind === 'markdown' && anchors.lowerNames.has(withoutUserContent(id).toLowerCase())) return true;
  }
  return false;
}
