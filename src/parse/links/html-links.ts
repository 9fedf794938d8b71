import { styleSheetLinks } from './css-urls.ts';
import { elementLinks } from './element-links.ts';
import { LineCounter } from './line-counter.ts';
import { ATTRIBUTE, TAG } from './markup-names.ts';
import type { MarkupText } from './markup-text.ts';
import { TagScanner } from './tag-scanner.ts';
import type { WrittenLinks } from './written-links.ts';

/** How deeply documents nested in `srcdoc` attributes are read. */
const MAX_DEPTH = 3;

/** Collects the links of an HTML document. Yields now and then, so that other work can run. */
export function* htmlLinks(markup: MarkupText, written: WrittenLinks, depth = 0): Generator<void> {
  const { resources, anchors, lines, isIgnored } = written.reading;
  const hasMarks = isIgnored !== undefined && depth === 0;
  const common = [
    ...(resources ? (['style'] as const) : []),
    ...(anchors && depth === 0 ? (['id'] as const) : []),
    ...(hasMarks ? (['data-proofer-ignore'] as const) : []),
  ];
  const scanner = new TagScanner(markup, { xml: false, common });
  const lineCounter = lines === true && depth === 0 ? new LineCounter(markup.text) : undefined;
  let templates = 0;
  let styleStart: number | undefined;
  let styleLine: number | undefined;
  let ignoredUntil = 0;
  while (scanner.nextSlice()) {
    while (scanner.next()) {
      const { tag, isEndTag } = scanner;
      if (tag === TAG.template) templates = Math.max(0, templates + (isEndTag ? -1 : 1));
      if (isEndTag) {
        if (tag !== TAG.style || styleStart === undefined) continue;
        yield* styleSheetLinks(scanner.between(styleStart, scanner.start), written, styleLine);
        styleStart = undefined;
        continue;
      }
      if (lineCounter !== undefined) written.line = lineCounter.at(scanner.start);
      if (hasMarks) {
        if (scanner.start >= ignoredUntil && scanner.has(ATTRIBUTE['data-proofer-ignore']))
          ignoredUntil = elementEnd(markup.text, scanner.start, scanner.end);
        written.isInIgnored = scanner.start < ignoredUntil;
      }
      // The content of a template is not part of the document. A document in `srcdoc` uses the base URL of the outer
      // document; its own `<base>` is rare and ignored.
      if (tag === TAG.base) {
        if (templates === 0 && depth === 0) written.documentBase ??= scanner.value(ATTRIBUTE.href);
      } else if (tag === TAG.style && resources && !scanner.isSelfClosing) {
        styleStart = scanner.end;
        styleLine = lineCounter?.at(scanner.end);
      }
      written.isInTemplate = templates > (tag === TAG.template ? 1 : 0);
      elementLinks(scanner, written);
      const inner = tag === TAG.iframe && depth < MAX_DEPTH ? scanner.value(ATTRIBUTE.srcdoc) : undefined;
      if (inner !== undefined) yield* htmlLinks({ text: inner, isUtf8: false }, written, depth + 1);
    }
    yield;
  }
  if (styleStart !== undefined) yield* styleSheetLinks(scanner.between(styleStart, markup.text.length), written, styleLine);
}

const VOID = /^(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)$/;

/**
 * The position of the end tag that closes an element, counting nested elements of the same name. The end of the text if
 * there is none. Tags in comments and scripts are counted too.
 *
 * @param start position of the start tag
 * @param tagEnd position after the start tag
 */
function elementEnd(text: string, start: number, tagEnd: number): number {
  const name = /^<([a-z][a-z0-9:-]*)/i.exec(text.slice(start, Math.min(tagEnd, start + 100)))?.[1]?.toLowerCase();
  if (name === undefined || VOID.test(name)) return tagEnd;
  const tag = new RegExp(`<(/?)${name}(?=[\\t\\n\\f\\r />])`, 'gi');
  tag.lastIndex = tagEnd;
  for (let depth = 1, match = tag.exec(text); match !== null; match = tag.exec(text)) {
    // Paragraphs cannot be nested, and the end tag may be missing: the next tag of either kind ends one.
    if (name === 'p') return match.index;
    depth += match[1] === '' ? 1 : -1;
    if (depth === 0) return match.index;
  }
  return text.length;
}
