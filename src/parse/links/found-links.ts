import { copyString } from '../../util/flat-text.ts';
import { refreshUrl } from './element-links.ts';
import { kindOfRelation } from './link-relations.ts';
import { type Document, type Resolved, resolver } from './resolver.ts';
import type { LinkReading, WrittenLink, WrittenLinks } from './written-links.ts';

export interface Link {
  /** Serialised by WHATWG, with its fragment. The scheme is http or https, or in a `file:` document also `file:`. */
  readonly url: string;
  kind: 'page' | 'resource';
  /**
   * The link has `rel` `nofollow`, `sponsored` or `ugc`, or the document's robots directives say nofollow for all
   * links. False if the same URL also occurs without it.
   */
  nofollow: boolean;
  /** Line in the document, counted from 1, if `lines` is set. Absent for links of headers. */
  readonly line?: number;
}

/** A link that cannot be requested. */
export interface UnreadableLink {
  /** As written, cut to 1,000 characters. */
  readonly written: string;
  readonly isTooLong: boolean;
  /** Line in the document, counted from 1, if `lines` is set. Absent for links of headers. */
  readonly line?: number;
}

export interface DocumentLinks {
  /**
   * Distinct URLs: those of headers first, then in document order. A URL that occurs as both a page and a resource is a
   * page. `nofollow` is set only if all occurrences have it.
   */
  readonly links: Link[];
  /** Number of distinct links with other schemes: `mailto:`, `javascript:`, `data:` and so on. */
  readonly otherSchemes: number;
  /** Distinct links that are not valid URLs or are longer than 8,192 characters. */
  readonly unreadable: UnreadableLink[];
  /**
   * For HTML and XHTML, if `anchors` is set: the distinct ids, and names of `<a>`, decoded. Absent for other documents,
   * in which only a viewer knows what a fragment means (`#page=3` of a PDF).
   */
  readonly anchors?: string[];
  /**
   * True if there were more than 100,000 distinct links (as written) or anchors, or more than 32 MiB of URLs. The rest
   * is missing.
   */
  readonly cut: boolean;
}

const MAX_SHOWN_CHARACTERS = 1_000;
const LINKS_IN_A_SLICE = 64;
/** Limit for all URLs together, because a long base URL makes each link long. */
const MAX_CHARACTERS = 33_554_432;

/**
 * Resolves all links of a document and of its response's headers, and removes duplicates. Yields now and then, so that
 * other work can run.
 *
 * @param encoding the encoding of the document
 * @param nofollow true if robots directives say nofollow for all links
 */
export function* foundLinks(written: WrittenLinks, encoding: () => string, nofollow: boolean): Generator<void, DocumentLinks> {
  const { reading } = written;
  const document: Document = { url: reading.url, encoding };
  const links = new Map<string, Link>();
  const unreadable = new Map<string, UnreadableLink>();
  let otherSchemes = 0;
  let characters = 0;
  const add = (resolved: Resolved, { written: text, kind, nofollow: ownNofollow, line }: WrittenLink) => {
    if (resolved.is === 'url') {
      characters += resolved.url.length;
      if (characters <= MAX_CHARACTERS) addLink(links, resolved.url, kind, nofollow || ownNofollow, line);
    } else if (resolved.is === 'other') otherSchemes++;
    else {
      const shown = copyString(text.slice(0, MAX_SHOWN_CHARACTERS));
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
    cut: written.wasCut || characters > MAX_CHARACTERS,
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

/**
 * The base URL of the document: that of the first `<base href>` (HTML Standard, "set the frozen base URL"), or the
 * document's URL if there is none or it is not usable.
 */
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

/** A link of a Link header. */
interface HeaderLink {
  /** As written. It is resolved against the URL of the response. */
  readonly target: string;
  /** The tokens of its first `rel`, in lower case. */
  readonly relations: readonly string[];
}

const TARGET = /[\s,]*<([^>]*)>/y;
const PARAMETER = /\s*;\s*(?:([^\s;,="<>]+)\s*(?:=\s*(?:"((?:[^"\\]|\\[\s\S])*)(?:"|$)|([^\s;,"]*)))?)?/y;
/** Headers are rarely longer than some tens of kilobytes. */
const MAX_HEADER_CHARACTERS = 65_536;

/** Parses a Link header (RFC 8288 section 3 and appendix B.2). Parsing stops at the first thing that is not a link. */
export function headerLinks(value: string): HeaderLink[] {
  const header = value.slice(0, MAX_HEADER_CHARACTERS);
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
    // Skip anything else before the next comma.
    const comma = header.indexOf(',', at);
    if (comma === -1) return links;
    at = comma;
  }
}
