import { detached } from '../../util/flat-text.ts';
import { refreshUrl } from './element-links.ts';
import { kindOfRelation } from './link-relations.ts';
import { type Document, type Resolved, resolver } from './resolver.ts';
import type { LinkReading, WrittenLink, WrittenLinks } from './written-links.ts';

export interface Link {
  /** As WHATWG serialises it, with its fragment: http or https; in a `file:` document also `file:`. */
  readonly url: string;
  kind: 'page' | 'resource';
  /** It says `rel=nofollow`, `sponsored` or `ugc`, or the document's robots directives say so of all its links. */
  nofollow: boolean;
  /** Line in the document, from 1, where `lines` is set; none for a link of a header. */
  readonly line?: number;
}

/** A link that cannot be requested. */
export interface UnreadableLink {
  /** As written, cut to 1,000 characters. */
  readonly written: string;
  readonly isTooLong: boolean;
  /** Line in the document, from 1, where `lines` is set; none for a link of a header. */
  readonly line?: number;
}

export interface DocumentLinks {
  /** Each URL once, those of headers first, then in the order of the document. A page somewhere is a page; nofollow is what is so wherever it stands. */
  readonly links: Link[];
  /** How many distinct links have other schemes: `mailto:`, `javascript:`, `data:` … */
  readonly otherSchemes: number;
  /** The distinct links that are not valid URLs, or are longer than 8,192 characters. */
  readonly unreadable: UnreadableLink[];
  /** Where `anchors` is set, of HTML and XHTML: the distinct ids, and names of `<a>`, decoded. Absent for all else: what a fragment means there, only its viewer knows (`#page=3` of a PDF). */
  readonly anchors?: string[];
  /** There were more than 100,000 distinct links as written, or anchors, or 32 MiB of URLs: the rest was left. */
  readonly cut: boolean;
}

const MOST_SHOWN_CHARACTERS = 1_000;
const LINKS_IN_A_SLICE = 64;
/** Of all URLs together: a long base makes each link long. */
const MOST_CHARACTERS = 33_554_432;

/** Resolves all that was written in a document and the headers of its response, pausing now and then, and keeps of each URL one. */
export function* foundLinks(written: WrittenLinks, encoding: () => string, nofollow: boolean): Generator<void, DocumentLinks> {
  const { reading } = written;
  const document: Document = { url: reading.url, encoding };
  const links = new Map<string, Link>();
  const unreadable = new Map<string, UnreadableLink>();
  let otherSchemes = 0;
  let characters = 0;
  const add = (resolved: Resolved, { written: text, kind, nofollow: isNofollow, line }: WrittenLink) => {
    if (resolved.is === 'url') {
      characters += resolved.url.length;
      if (characters <= MOST_CHARACTERS) addLink(links, resolved.url, kind, nofollow || isNofollow, line);
    } else if (resolved.is === 'other') otherSchemes++;
    else {
      const shown = detached(text.slice(0, MOST_SHOWN_CHARACTERS));
      if (unreadable.has(shown)) return;
      unreadable.set(shown, { written: shown, isTooLong: resolved.is === 'too-long', ...(line !== undefined && { line }) });
    }
  };

  const fromDocument = resolver(reading.url, { url: reading.url, encoding: () => 'utf-8' });
  for (const link of linksOfHeaders(reading)) add(fromDocument(link.written), link);

  const resolvers = new Map([[undefined as string | undefined, resolver(baseUrl(written), document)]]);
  let count = 0;
  for (const link of written.takeAll()) {
    let resolve = resolvers.get(link.base);
    if (resolve === undefined) {
      resolve = resolver(link.base ?? reading.url, document);
      resolvers.set(link.base, resolve);
    }
    add(resolve(link.written), link);
    if (++count % LINKS_IN_A_SLICE === 0) yield;
  }
  return {
    links: [...links.values()],
    otherSchemes,
    unreadable: [...unreadable.values()],
    ...(reading.anchors && { anchors: [...written.anchors] }),
    cut: written.wasCut || characters > MOST_CHARACTERS,
  };
}

function linksOfHeaders({ linkHeaders = [], refreshHeaders = [], resources }: LinkReading): WrittenLink[] {
  const refreshes = refreshHeaders.flatMap((value) => refreshUrl(value) ?? []);
  const links = linkHeaders.flatMap(headerLinks).flatMap(({ target, relations }) => {
    const kind = kindOfRelation(relations);
    if (kind === undefined || (kind === 'resource' && !resources)) return [];
    return [linkOfHeader(target, kind)];
  });
  return [...links, ...refreshes.map((target) => linkOfHeader(target, 'page'))];
}

function linkOfHeader(written: string, kind: Link['kind']): WrittenLink {
  return { written, base: undefined, kind, nofollow: false, line: undefined };
}

/** That of the first `<base href>` (HTML Standard, "set the frozen base URL"); the document's, if there is none or it is of no use. */
function baseUrl({ documentBase, reading }: WrittenLinks): string {
  if (documentBase === undefined || !URL.canParse(documentBase, reading.url)) return reading.url;
  const { href, protocol } = new URL(documentBase, reading.url);
  return protocol === 'data:' || protocol === 'javascript:' ? reading.url : href;
}

function addLink(links: Map<string, Link>, url: string, kind: Link['kind'], nofollow: boolean, line: number | undefined): void {
  const known = links.get(url);
  if (known === undefined) links.set(url, line === undefined ? { url, kind, nofollow } : { url, kind, nofollow, line });
  else {
    if (kind === 'page') known.kind = kind;
    if (!nofollow) known.nofollow = false;
  }
}

/** One link of a Link header. */
interface HeaderLink {
  /** As written, to be resolved against the URL of the response. */
  readonly target: string;
  /** Tokens of its first `rel`, in lower case. */
  readonly relations: readonly string[];
}

const TARGET = /[\s,]*<([^>]*)>/y;
const PARAMETER = /\s*;\s*(?:([^\s;,="<>]+)\s*(?:=\s*(?:"((?:[^"\\]|\\[\s\S])*)(?:"|$)|([^\s;,"]*)))?)?/y;
/** Servers send at most some tens of kilobytes of headers. */
const MOST_HEADER_CHARACTERS = 65_536;

/** The links of a Link header (RFC 8288, section 3 and appendix B.2). What follows something that is no link is left. */
export function headerLinks(value: string): HeaderLink[] {
  const header = value.slice(0, MOST_HEADER_CHARACTERS);
  const links: HeaderLink[] = [];
  let at = 0;
  for (;;) {
    TARGET.lastIndex = at;
    const target = TARGET.exec(header)?.[1];
    if (target === undefined) return links;
    at = TARGET.lastIndex;
    let relations: string | undefined;
    for (;;) {
      PARAMETER.lastIndex = at;
      const match = PARAMETER.exec(header);
      if (match === null) break;
      at = PARAMETER.lastIndex;
      if (match[1]?.toLowerCase() === 'rel') relations ??= match[2]?.replace(/\\([\s\S])/g, '$1') ?? match[3] ?? '';
    }
    links.push({ target, relations: (relations ?? '').toLowerCase().split(/\s+/) });
    // Whatever else stands before the next comma.
    const comma = header.indexOf(',', at);
    if (comma === -1) return links;
    at = comma;
  }
}
