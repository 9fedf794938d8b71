import { detached } from '../../util/flat-text.ts';
import { MOST_URL_CHARACTERS } from './resolver.ts';

export interface LinkReading {
  /** The document's URL, after redirects: what relative links are resolved against unless `<base href>` says otherwise. */
  readonly url: string;
  /** Value of the Content-Type header. Without one, what the body begins with decides. */
  readonly contentType: string | undefined;
  /** Values of the Link headers of the response, as they came. */
  readonly linkHeaders?: readonly string[];
  /** Values of the Refresh headers of the response, as they came. */
  readonly refreshHeaders?: readonly string[];
  /** Values of the X-Robots-Tag headers of the response, as they came. */
  readonly robotsHeaders?: readonly string[];
  /** Images, scripts, style sheets, media … too, and not only pages. */
  readonly resources: boolean;
  /** Collect what a fragment can point at, too. */
  readonly anchors: boolean;
  /** Product token of the crawler, in lower case: which robots directives are meant for it besides those for all. */
  readonly robot: string;
  /** Say of each link in which line its element begins; in a style sheet, the line of the link itself. */
  readonly lines?: boolean;
  /** Asked for room before a document has more links than `LINKS_WITHOUT_ROOM`, and then now and then: it is read on when there is room for so many. */
  readonly takeRoom?: (links: number) => Promise<void>;
  /** Of a document whose writer may leave links out: whether he does so in that line. Elements that have `data-proofer-ignore`, or are in one that has it, are left out too. */
  readonly isIgnored?: (line: number) => boolean;
}

/** A link as it stands in a document, before it is resolved. */
export interface WrittenLink {
  /** Without white space around it. */
  readonly written: string;
  /** What it is relative to; undefined for the document's base. */
  readonly base: string | undefined;
  kind: 'page' | 'resource';
  nofollow: boolean;
  readonly line: number | undefined;
}

/** More than any page that was made for people has; what is beyond is left, so that memory is bounded. */
const MOST_LINKS = 100_000;

/** Gathers what a document holds while it is read: links by what is written, since the `<base>` that they are relative to can come after them. */
export class WrittenLinks {
  /** The first `<base href>`, as written. */
  documentBase: string | undefined;
  /** Line of the links that are added now. */
  line: number | undefined;
  /** Whether the document says that none of its links is to be followed. */
  nofollow = false;
  wasCut = false;
  /** What is added now stands in a `<template>`, which is not part of the document. */
  isInTemplate = false;
  /** What is added now stands in an element that is marked to be ignored. */
  isInIgnored = false;
  readonly reading: LinkReading;
  readonly anchors = new Set<string>();
  readonly #links = new Map<string, WrittenLink>();
  #base: string | undefined;
  #baseNumber = 0;
  readonly #baseNumbers = new Map<string, number>();

  constructor(reading: LinkReading) {
    this.reading = reading;
  }

  /** How many there are, with the anchors. */
  get size(): number {
    return this.#links.size + this.anchors.size;
  }

  /** Gives each link once, and forgets it: a hundred thousand of them are not held twice. */
  *takeAll(): Generator<WrittenLink> {
    for (const [key, link] of this.#links) {
      this.#links.delete(key);
      yield link;
    }
  }

  /** What links that are added from now on are relative to, where that is not the document's base: `xml:base`. */
  relativeTo(base: string | undefined): void {
    if (base === this.#base) return;
    this.#base = base;
    if (base === undefined) return;
    this.#baseNumber = this.#baseNumbers.get(base) ?? this.#baseNumbers.size;
    this.#baseNumbers.set(base, this.#baseNumber);
  }

  page(written: string | undefined, nofollow = false): void {
    if (written !== undefined) this.#add(withoutSpace(written), 'page', nofollow);
  }

  /** Nothing is loaded for an empty one (HTML Standard, at `src` of `img` and the like). */
  resource(written: string | undefined): void {
    if (written === undefined || !this.reading.resources) return;
    const trimmed = withoutSpace(written);
    if (trimmed !== '') this.#add(trimmed, 'resource', false);
  }

  /** One in a style sheet. One that is a fragment only is a part of the document that is styled, and not loaded (CSS Values 4, 4.5.1). */
  style(written: string): void {
    if (!written.startsWith('#')) this.resource(written);
  }

  anchor(name: string | undefined): void {
    if (name === undefined || name === '' || this.isInTemplate) return;
    if (this.anchors.size < MOST_LINKS) this.anchors.add(detached(name));
    else if (!this.anchors.has(name)) this.wasCut = true;
  }

  #add(written: string, kind: 'page' | 'resource', nofollow: boolean): void {
    if (this.isInIgnored || (this.line !== undefined && this.reading.isIgnored?.(this.line))) return;
    const short = written.length > MOST_URL_CHARACTERS ? shortened(written) : written;
    const key = this.#base === undefined ? short : `${short}\n${this.#baseNumber}`;
    const known = this.#links.get(key);
    if (known !== undefined) {
      if (kind === 'page') known.kind = kind;
      if (!nofollow) known.nofollow = false;
    } else if (this.#links.size < MOST_LINKS) this.#links.set(key, { written, base: this.#base, kind, nofollow, line: this.line });
    else this.wasCut = true;
  }
}

/** Images in `data:` URLs mostly, which are only counted. */
function shortened(written: string): string {
  return `${written.slice(0, 1_000)} ${written.length} ${written.slice(-1_000)}`;
}

/** Without what `new URL` leaves off at both ends. */
function withoutSpace(written: string): string {
  let [start, end] = [0, written.length];
  while (start < end && written.charCodeAt(start) <= 0x20) start++;
  while (end > start && written.charCodeAt(end - 1) <= 0x20) end--;
  return written.slice(start, end);
}
