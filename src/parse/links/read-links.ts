import { loopTurn } from '../../util/async.ts';
import { bodyEncoding } from '../charset/body-text.ts';
import { styleSheetLinks } from './css-urls.ts';
import { type DocumentType, documentType } from './document-type.ts';
import { type DocumentLinks, foundLinks } from './found-links.ts';
import { htmlLinks } from './html-links.ts';
import { decodedPart, type MarkupText, markupText } from './markup-text.ts';
import { headersSayNofollow } from './robots-directives.ts';
import { type LinkReading, WrittenLinks } from './written-links.ts';
import { xmlLinks } from './xml-links.ts';

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
