import { TextDecoder } from 'node:util';
import { loopTurn } from '../../util/async.ts';
import { headAndRest } from './head-and-rest.ts';
import { SITEMAP_LIMITS, type SitemapEnd, type SitemapItem, type SitemapLimits, type SitemapParser } from './sitemap-item.ts';
import { TextSitemap } from './text-sitemap.ts';
import { BadGzipError, unzipped } from './unzipped.ts';
import { XmlSitemap } from './xml-sitemap.ts';

/** Bytes that are needed to detect the format. */
const HEAD_BYTES = 4_096;
/** Bytes that are parsed in one step. Other work can run between two steps. */
const PIECE_BYTES = 16 * 1_024;
/** The beginning of XML that follows something else, such as a warning of a script. */
const XML_INSIDE = /<(?:\?xml|(?:[\w-]+:)?(?:urlset|sitemapindex|rss|feed|rdf))[\s>]/i;

/**
 * Parses a sitemap while it is received: XML, an index, a feed, or a list of URLs, also compressed with gzip. The
 * format is detected from the contents, not from labels. Yields the items in order and returns how the reading ended: a
 * faulty sitemap is reported as `problem`, and the items before the fault count. Rejects only if `body` does. Holds
 * only one piece in memory.
 *
 * @param url the sitemap's own URL, against which its locations are resolved
 */
export async function* readSitemap(
  body: AsyncIterable<Uint8Array>,
  url: string,
  { maxBytes, maxUrls }: SitemapLimits = SITEMAP_LIMITS,
): AsyncGenerator<SitemapItem, SitemapEnd, undefined> {
  const end: SitemapEnd = { pages: 0, alternates: 0, sitemaps: 0, refused: 0 };
  let parser: SitemapParser | undefined;
  let isInputCut = false;
  const input = upTo(body, 2 * maxBytes, () => {
    isInputCut = true;
  });
  try {
    const { head, all } = await headAndRest(unzipped(input), HEAD_BYTES);
    const decoder = sitemapDecoder(head);
    let bytes = 0;
    for await (const piece of pieces(all)) {
      const isLast = bytes + piece.length > maxBytes;
      const text = decoder.decode(isLast ? piece.subarray(0, maxBytes - bytes) : piece, { stream: true });
      bytes += piece.length;
      parser ??= parserFor(text, url);
      if (isLast) end.problem = 'too-large';
      for (const item of parser.read(text)) {
        if (end.pages + end.sitemaps === maxUrls && !isAlternate(item)) return ended(end, parser, 'too-many');
        count(end, item);
        yield item;
      }
      if (isLast || parser.problem === 'html') break;
      await loopTurn();
    }
    if (isInputCut) end.problem = 'too-large';
    else if (bytes === 0) end.problem = 'empty';
  } catch (error) {
    if (!(error instanceof BadGzipError)) throw error;
    end.problem = 'bad-gzip';
  }
  for (const item of parser?.end() ?? []) {
    count(end, item);
    yield item;
  }
  return ended(end, parser, end.problem ?? parser?.problem);
}

function parserFor(start: string, url: string): SitemapParser {
  return start.trimStart().startsWith('<') || XML_INSIDE.test(start.slice(0, HEAD_BYTES)) ? new XmlSitemap(url) : new TextSitemap();
}

/**
 * Ends a stream after `limitBytes`. Gzip can go on forever without decompressing to anything, so a limit for the
 * decompressed bytes is not enough.
 */
async function* upTo(
  chunks: AsyncIterable<Uint8Array>,
  limitBytes: number,
  onCut: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const chunk of chunks) {
    yield chunk;
    bytes += chunk.length;
    if (bytes <= limitBytes) continue;
    onCut();
    return;
  }
}

/** Splits chunks into pieces that take only a moment to parse. */
async function* pieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; from += PIECE_BYTES) yield chunk.subarray(from, from + PIECE_BYTES);
  }
}

function isAlternate(item: SitemapItem): boolean {
  return item.kind === 'url' && item.alternate === true;
}

function count(end: SitemapEnd, item: SitemapItem): void {
  if (item.kind === 'sitemap') end.sitemaps++;
  else if (item.alternate === true) end.alternates++;
  else end.pages++;
}

function ended(end: SitemapEnd, parser: SitemapParser | undefined, problem: SitemapEnd['problem']): SitemapEnd {
  return { ...end, refused: parser?.refused ?? 0, ...(problem !== undefined && { problem }) };
}

const DECLARED = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']/;
const DECLARATION_BYTES = 1_024;

/**
 * The decoder of a sitemap: UTF-16 by its byte order mark or by the bytes of `<`, otherwise the encoding of its XML
 * declaration, otherwise UTF-8. An unknown encoding is read as UTF-8. So is a declaration of UTF-16 that can be read
 * byte by byte.
 */
function sitemapDecoder(head: Uint8Array): TextDecoder {
  const [first, second] = head;
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) return new TextDecoder('utf-16le');
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c)) return new TextDecoder('utf-16be');
  const declared = DECLARED.exec(Buffer.from(head.subarray(0, DECLARATION_BYTES)).toString('latin1').replace('\xef\xbb\xbf', ''))?.[1];
  if (declared === undefined || /^utf-?16/i.test(declared)) return new TextDecoder();
  try {
    return new TextDecoder(declared);
  } catch {
    return new TextDecoder();
  }
}
