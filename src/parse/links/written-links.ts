import { copyString } from '../../util/flat-text.ts';
import { MAX_URL_CHARACTERS } from './resolver.ts';

export interface LinkReading {
  /** The document's URL after redirects. Relative links are resolved against it, unless there is a `<base href>`. */
  readonly url: string;
  /** The Content-Type header. If it is absent, the beginning of the body decides. */
  readonly contentType: string | undefined;
  /** The Link headers of the response. */
  readonly linkHeaders?: readonly string[];
  /** The Refresh headers of the response. */
  readonly refreshHeaders?: readonly string[];
  /** The X-Robots-Tag headers of the response. */
  readonly robotsHeaders?: readonly string[];
  /** Collect images, scripts, style sheets, media and other resources too, not only pages. */
  readonly resources: boolean;
  /** Collect the anchors that fragments can point at. */
  readonly anchors: boolean;
  /**
   * The crawler's product token, in lower case. It selects the robots directives that apply, besides those for all
   * crawlers.
   */
  readonly robot: string;
  /**
   * Record the line of each link: the line in which its element begins, or in a style sheet, the line of the link
   * itself.
   */
  readonly lines?: boolean;
  /**
   * Called before a document exceeds `LINKS_PER_ROOM` links, and again whenever it exceeds the last number. Reading
   * continues when the promise resolves. It limits the links that all pages together hold in memory.
   */
  readonly takeRoom?: (links: number) => Promise<void>;
  /**
   * For documents whose author can exclude links: returns true if links in this line are ignored. Elements with
   * `data-proofer-ignore`, and everything in them, are ignored too.
   */
  readonly isIgnored?: (line: number) => boolean;
}

/** A link as written in a document, not resolved yet. */
export interface WrittenLink {
  /** Without white space at either end. */
  readonly written: string;
  /** The base URL of the link. Undefined: the document's base URL. */
  readonly base: string | undefined;
  kind: 'page' | 'resource';
  nofollow: boolean;
  readonly line: number | undefined;
}

/** More links than any page made for people has. The rest is dropped, to limit memory. */
const MAX_LINKS = 100_000;

/**
 * Collects the links of a document while it is parsed. They are kept as written, because the `<base>` that they are
 * relative to may come later.
 */
export class WrittenLinks {
  /** The first `<base href>`, as written. */
  documentBase: string | undefined;
  /** The line of the links that are being added. */
  line: number | undefined;
  /** The document says nofollow for all of its links. */
  nofollow = false;
  wasCut = false;
  /** The parser is inside a `<template>`, whose content is not part of the document. */
  isInTemplate = false;
  /** The parser is inside an element that is marked to be ignored. */
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

  /** Number of links and anchors. */
  get size(): number {
    return this.#links.size + this.anchors.size;
  }

  /** Returns all links and forgets them. */
  takeAll(): WrittenLink[] {
    const links = [...this.#links.values()];
    this.#links.clear();
    return links;
  }

  /** Sets the base URL of the links that are added next (`xml:base`). Undefined: the document's base URL. */
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

  /** Adds a resource. An empty URL loads nothing (HTML Standard, for example at `src` of `img`). */
  resource(written: string | undefined): void {
    if (written === undefined || !this.reading.resources) return;
    const trimmed = withoutSpace(written);
    if (trimmed !== '') this.#add(trimmed, 'resource', false);
  }

  /**
   * Adds a URL of a style sheet. A fragment alone refers to the styled document itself and is not loaded (CSS Values 4,
   * section 4.5.1).
   */
  style(written: string): void {
    if (!written.startsWith('#')) this.resource(written);
  }

  anchor(name: string | undefined): void {
    if (name === undefined || name === '' || this.isInTemplate) return;
    if (this.anchors.size < MAX_LINKS) this.anchors.add(copyString(name));
    else if (!this.anchors.has(name)) this.wasCut = true;
  }

  #add(written: string, kind: 'page' | 'resource', nofollow: boolean): void {
    if (this.isInIgnored || (this.line !== undefined && this.reading.isIgnored?.(this.line))) return;
    const short = written.length > MAX_URL_CHARACTERS ? shortened(written) : written;
    const key = this.#base === undefined ? short : `${short}\n${this.#baseNumber}`;
    const known = this.#links.get(key);
    if (known !== undefined) {
      if (kind === 'page') known.kind = kind;
      if (!nofollow) known.nofollow = false;
    } else if (this.#links.size < MAX_LINKS) this.#links.set(key, { written, base: this.#base, kind, nofollow, line: this.line });
    else this.wasCut = true;
  }
}

/** A short key for a long link. Long links are mostly images in `data:` URLs, which are only counted. */
function shortened(written: string): string {
  return `${written.slice(0, 1_000)} ${written.length} ${written.slice(-1_000)}`;
}

/** Removes the characters that `new URL` strips at both ends. */
function withoutSpace(written: string): string {
  let [start, end] = [0, written.length];
  while (start < end && written.charCodeAt(start) <= 0x20) start++;
  while (end > start && written.charCodeAt(end - 1) <= 0x20) end--;
  return written.slice(start, end);
}
