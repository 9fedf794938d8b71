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

/** The longest time for which other work may be blocked. */
const SLICE_MS = 10;

/** A body of this size takes about a millisecond to decode. */
const LARGE_BYTES = 500_000;

/**
 * Links that each document may have without asking for room, and the number of further links for which it asks at a
 * time.
 */
const LINKS_PER_ROOM = 1_000;

const NOTHING: MarkupText = { text: '', isUtf8: false };

/**
 * Finds the links of a document (HTML, XHTML, SVG, RSS, Atom, other XML or CSS, by its Content-Type) and of the
 * response's headers. Takes time and memory proportional to the body, and yields to other work every 10 ms. Never
 * throws because of a document's content.
 *
 * @param reading its `url` must be serialised by WHATWG
 */
export async function readLinks(body: Uint8Array, reading: LinkReading): Promise<DocumentLinks> {
  const type = documentType(reading.contentType, body);
  const written = new WrittenLinks(hasAnchors(type, reading.contentType) ? reading : { ...reading, anchors: false });
  const steps = linkSteps(body, type, written);
  let room = LINKS_PER_ROOM;
  // Keep large bodies that arrive at the same time from being decoded in the same turn of the event loop.
  if (body.byteLength > LARGE_BYTES) await loopTurn();
  let sliceStartMs = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (written.size > room) {
      room = written.size + LINKS_PER_ROOM;
      await reading.takeRoom?.(room);
    }
    if (performance.now() - sliceStartMs < SLICE_MS) continue;
    await loopTurn();
    sliceStartMs = performance.now();
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
  // Computed lazily: most documents never need it.
  let encoding = markup.encoding;
  const encodingOf = () => {
    encoding ??= bodyEncoding(body, reading.contentType) ?? 'utf-8';
    return encoding;
  };
  return yield* foundLinks(written, encodingOf, nofollow);
}

/** True if fragments point at elements of the document. */
function hasAnchors(type: DocumentType | undefined, contentType = ''): boolean {
  return type === 'html' || (type === 'xml' && /^\s*application\/xhtml\+xml/i.test(contentType));
}
