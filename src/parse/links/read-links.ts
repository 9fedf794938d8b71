import { loopTurn } from '../../util/async.ts';
import { bodyEncoding } from '../charset/body-text.ts';
import { styleSheetLinks } from './css-urls.ts';
import { type DocumentType, documentType } from './document-type.ts';
import { foundLinks } from './found-links.ts';
import { htmlLinks } from './html-links.ts';
import { decodedPart, type MarkupText, markupText } from './markup-text.ts';
import { headersSayNofollow } from './robots-directives.ts';
import { WrittenLinks } from './written-links.ts';
import { xmlLinks } from './xml-links.ts';

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

/** How long other work may have to wait. */
const SLICE_MS = 10;
/** Of this size, a body takes about a millisecond to decode. */
const LARGE_BYTES = 500_000;
/** Links of a document that need no room of their own; and how many more are asked for at a time. */
const LINKS_WITHOUT_ROOM = 1_000;
const NOTHING: MarkupText = { text: '', isUtf8: false };

/**
 * What links a document holds: HTML, XHTML, SVG, RSS, Atom, other XML and CSS, by its Content-Type, and the Link headers of any response. It takes time and memory
 * in proportion to the body, and lets other work go on every 10 ms. Never throws for anything that a document holds.
 *
 * @param reading its `url` is a URL as WHATWG serialises it
 */
export async function readLinks(body: Uint8Array, reading: LinkReading): Promise<DocumentLinks> {
  const type = documentType(reading.contentType, body);
  const written = new WrittenLinks(hasAnchors(type, reading.contentType) ? reading : { ...reading, anchors: false });
  const steps = linkSteps(body, type, written);
  let room = LINKS_WITHOUT_ROOM;
  // Bodies that arrive together are not decoded together.
  if (body.byteLength > LARGE_BYTES) await loopTurn();
  let since = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (written.size > room) {
      room = written.size + LINKS_WITHOUT_ROOM;
      await reading.takeRoom?.(room);
    }
    if (performance.now() - since < SLICE_MS) continue;
    await loopTurn();
    since = performance.now();
  }
}

function* linkSteps(body: Uint8Array, type: DocumentType | undefined, written: WrittenLinks): Generator<void, DocumentLinks> {
  const { reading } = written;
  const markup: MarkupText = type === undefined ? NOTHING : yield* markupText(body, reading.contentType);
  yield;
  if (type === 'html') yield* htmlLinks(markup, written);
  else if (type === 'xml') yield* xmlLinks(markup, written);
  else yield* styleSheetLinks(decodedPart(markup, markup.text), written, reading.lines === true ? 1 : undefined);
  const nofollow = written.nofollow || headersSayNofollow(reading.robotsHeaders ?? [], reading.robot);
  // Most documents never need to know.
  let encoding = markup.encoding;
  const encodingOf = () => {
    encoding ??= bodyEncoding(body, reading.contentType) ?? 'utf-8';
    return encoding;
  };
  return yield* foundLinks(written, encodingOf, nofollow);
}

/** Whether fragments point at elements of the document. */
function hasAnchors(type: DocumentType | undefined, contentType = ''): boolean {
  return type === 'html' || (type === 'xml' && /^\s*application\/xhtml\+xml/i.test(contentType));
}
