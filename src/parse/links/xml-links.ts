import { decodeText } from './character-references.ts';
import { styleSheetLinks } from './css-urls.ts';
import { elementLinks } from './element-links.ts';
import { feedElementLinks, feedTextLink, hasFeedText } from './feed-links.ts';
import { LineCounter } from './line-counter.ts';
import { ATTRIBUTE, TAG } from './markup-names.ts';
import type { MarkupText } from './markup-text.ts';
import { INSTRUCTION, TagScanner } from './tag-scanner.ts';
import type { WrittenLinks } from './written-links.ts';

/** Elements whose XLinks are read by `elementLinks`. */
const XLINK_ELEMENTS: ReadonlySet<number> = new Set([TAG.a, TAG.area, TAG.script, TAG.image, TAG.use, TAG.feimage]);

/**
 * Collects the links of a feed, an SVG image, XHTML or other XML. Its root element decides which; namespace prefixes
 * are not resolved. Yields now and then, so that other work can run.
 */
export function* xmlLinks(markup: MarkupText, written: WrittenLinks): Generator<void> {
  const scanner = new TagScanner(markup, { xml: true, common: [] });
  const bases = new XmlBases(written.reading.url);
  const lineCounter = written.reading.lines === true ? new LineCounter(markup.text) : undefined;
  let root: number | undefined;
  let isFeed = false;
  /** The element whose text will be read, and the position where the text begins. */
  let open: { readonly tag: number; readonly start: number } | undefined;
  while (scanner.nextSlice()) {
    while (scanner.next()) {
      const { tag } = scanner;
      if (tag === INSTRUCTION) written.resource(styleSheetReference(scanner.between(scanner.start, scanner.end)));
      else if (scanner.isEndTag) {
        if (open !== undefined && open.tag === tag) {
          const text = xmlText(scanner.between(open.start, scanner.start));
          if (tag === TAG.style) yield* styleSheetLinks(text, written);
          else feedTextLink(tag, text, written);
        }
        open = undefined;
        bases.end();
        written.relativeTo(bases.current);
      } else {
        if (root === undefined) isFeed = tag === TAG.rss || tag === TAG.feed || tag === TAG.rdf;
        root ??= tag;
        if (lineCounter !== undefined) written.line = lineCounter.at(scanner.start);
        written.relativeTo(bases.begin(scanner.value(ATTRIBUTE['xml:base']), scanner.isSelfClosing));
        if (written.reading.anchors) written.anchor(scanner.value(ATTRIBUTE['xml:id']));
        if (isFeed) feedElementLinks(scanner, written);
        else markupLinks(scanner, written, root === TAG.svg);
        const hasText = tag === TAG.style || (isFeed && hasFeedText(scanner));
        open = hasText && !scanner.isSelfClosing ? { tag, start: scanner.end } : undefined;
        if (scanner.isSelfClosing) written.relativeTo(bases.current);
      }
    }
    yield;
  }
}

function markupLinks(scanner: TagScanner, written: WrittenLinks, isSvg: boolean): void {
  if (scanner.tag === TAG.base) written.documentBase ??= scanner.value(ATTRIBUTE.href);
  elementLinks(scanner, written);
  const reference = scanner.value(ATTRIBUTE['xlink:href'])?.trim();
  // In SVG, gradients, patterns and so on refer to each other by fragments.
  if (!reference || XLINK_ELEMENTS.has(scanner.tag) || (isSvg && reference.startsWith('#'))) return;
  if (isSvg || scanner.value(ATTRIBUTE['xlink:show']) === 'embed') written.resource(reference);
  else written.page(reference);
}

/** The URL of `<?xml-stylesheet href?>` (Associating Style Sheets with XML documents 1.0). */
function styleSheetReference(instruction: string): string | undefined {
  const [, quoted, single] = /^<\?xml-stylesheet\s[\s\S]*?\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')/.exec(instruction.slice(0, 4_096)) ?? [];
  const reference = decodeText(quoted ?? single ?? '');
  return reference.startsWith('#') ? undefined : reference;
}

/**
 * Longest text that is decoded, to limit the time that this blocks. Longer than any URL; the rest of a longer style
 * sheet is ignored.
 */
const MAX_MARKUP_CHARACTERS = 1_048_576;

/**
 * The text between two tags of XML: without comments, with CDATA as it is and references decoded. References of HTML
 * are decoded too, because feeds use them.
 */
function xmlText(markup: string): string {
  const source = markup.slice(0, MAX_MARKUP_CHARACTERS);
  const parts: string[] = [];
  let at = 0;
  while (at < source.length) {
    const open = source.indexOf('<!', at);
    const text = source.slice(at, open === -1 ? undefined : open);
    parts.push(text.includes('&') ? decodeText(text) : text);
    if (open === -1) break;
    const isData = source.startsWith('<![CDATA[', open);
    const end = source.indexOf(isData ? ']]>' : '-->', open);
    const close = end === -1 ? source.length : end;
    if (isData) parts.push(source.slice(open + '<![CDATA['.length, close));
    at = close + ']]>'.length;
  }
  return parts.join('');
}

/** Limits for nested `xml:base` attributes: each can make the next base URL longer. */
const MAX_DEPTH = 64;
const MAX_BASE_CHARACTERS = 4_096;

/** The base URLs in a document with `xml:base` attributes (XML Base, section 4). */
class XmlBases {
  readonly #documentUrl: string;
  /** The open elements that have one: their depth, and the resolved base URL. */
  readonly #open: Array<{ readonly depth: number; readonly base: string }> = [];
  #depth = 0;

  constructor(documentUrl: string) {
    this.#documentUrl = documentUrl;
  }

  /** The base URL at the current position. Undefined: the document's base URL. */
  get current(): string | undefined {
    return this.#open.at(-1)?.base;
  }

  /**
   * Called at a start tag. Returns the base URL for the element and its content.
   *
   * @param written its own `xml:base`. It is ignored if it is too long or invalid.
   */
  begin(written: string | undefined, isSelfClosing: boolean): string | undefined {
    const outer = this.current;
    if (!isSelfClosing) this.#depth++;
    const from = outer ?? this.#documentUrl;
    if (written === undefined || this.#open.length >= MAX_DEPTH || from.length + written.length > MAX_BASE_CHARACTERS) return outer;
    if (!URL.canParse(written, from)) return outer;
    const base = new URL(written, from).href;
    if (!isSelfClosing) this.#open.push({ depth: this.#depth, base });
    return base;
  }

  /** Called at an end tag. */
  end(): void {
    if (this.#open.at(-1)?.depth === this.#depth) this.#open.pop();
    this.#depth = Math.max(0, this.#depth - 1);
  }
}
