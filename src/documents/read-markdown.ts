import type { MarkdownIt, Token } from 'markdown-it';
import { LineCounter } from '../links/line-counter.ts';
import { withoutFrontMatter } from './front-matter.ts';
import { HeadingSlugs } from './heading-slugs.ts';
import { embeddedHtml, htmlHeadings, inlineHtml } from './markdown-html.ts';
import { markdownParser, positionOf } from './markdown-parser.ts';
import { withoutMdx } from './without-mdx.ts';

/** What a Markdown document holds, besides what its HTML does. */
export interface MarkdownContent {
  /** In the order of their lines. */
  links: MarkdownLink[];
  /** Its HTML, on the lines on which it stands in the document. */
  html: string;
  /** The anchors of its headings. */
  anchors: Set<string>;
}

export interface MarkdownLink {
  /** The destination, without escapes and entities. */
  written: string;
  /** From 1: that on which the link begins, or for a link by reference its definition. */
  line: number;
}

/** As `[^1]: text`; a list item has the same shape, for a footnote is indented by four as well. */
const FOOTNOTE = /^( {0,3})\[\^[^\]\s]+\]:[ \t]*/gm;
const GIVEN_ID = /\{#([^\s{}]+)\}$/;

let parser: MarkdownIt | undefined;

/**
 * Reads Markdown: CommonMark with GFM's tables, footnotes and bare URLs. What stands in code and in comments is none of it.
 *
 * Links by reference count where they are defined, each once, since that is where a broken one is mended; a reference without definition is text.
 */
export function readMarkdown(source: string, { mdx = false }: { mdx?: boolean } = {}): MarkdownContent {
  parser ??= markdownParser();
  const text = withoutFrontMatter(source.replace(/\r\n?/g, '\n'));
  const plain = mdx ? withoutMdx(text) : text;
  const reading = new Reading();
  const env = {};
  const tokens = parser.parse(plain.replace(FOOTNOTE, '$1-   '), env);
  const { references = {} } = env as { references?: Record<string, { href: string }> };
  for (const [index, token] of tokens.entries()) reading.take(token, tokens[index - 1], references);
  return reading.content();
}

class Reading {
  readonly #links: MarkdownLink[] = [];
  readonly #html: string[] = [];
  readonly #anchors = new Set<string>();
  readonly #slugs = new HeadingSlugs();
  /** Of the block that is read, from 0. */
  #line = 0;

  take(token: Token, before: Token | undefined, references: Readonly<Record<string, { href: string }>>): void {
    if (token.map) this.#line = token.map[0];
    if (token.type === 'inline') {
      const children = token.children ?? [];
      this.#takeInline(token.content, children);
      if (before?.type === 'heading_open') this.#takeHeading(headingText(children));
    } else if (token.type === 'html_block') {
      this.#takeHtml(this.#line, embeddedHtml(token.content));
      for (const heading of htmlHeadings(token.content)) this.#takeHeading(heading);
    } else if (token.type === 'reference_definition') {
      const definition = references[(token.meta as { label: string }).label];
      if (definition !== undefined) this.#links.push({ written: definition.href, line: this.#line + 1 });
    }
  }

  content(): MarkdownContent {
    const html = Array.from(this.#html, (line) => line ?? '').join('\n');
    return { links: this.#links, html, anchors: this.#anchors };
  }

  #takeInline(content: string, tokens: readonly Token[]): void {
    const lines = new LineCounter(content);
    for (const token of tokens) {
      const isHtml = token.type === 'html_inline';
      const written = destination(token);
      if (!isHtml && written === undefined) continue;
      const line = this.#line + lines.at(positionOf(token)) - 1;
      if (isHtml) this.#takeHtml(line, inlineHtml(token.content));
      else if (written !== undefined && !hasDefinition(token)) this.#links.push({ written, line: line + 1 });
    }
  }

  #takeHtml(line: number, html: string): void {
    for (const [index, part] of html.split('\n').entries()) {
      const at = line + index;
      this.#html[at] = (this.#html[at] ?? '') + part;
    }
  }

  #takeHeading(text: string): void {
    const given = GIVEN_ID.exec(text);
    if (given?.[1] !== undefined) this.#anchors.add(given[1]);
    this.#anchors.add(this.#slugs.add(given === null ? text : text.slice(0, given.index).trimEnd()));
  }
}

function destination(token: Token): string | undefined {
  if (token.type !== 'link_open' && token.type !== 'image') return undefined;
  return String(token.attrGet(token.type === 'image' ? 'src' : 'href') ?? '');
}

function hasDefinition({ meta }: Token): boolean {
  return (meta as { label?: string } | null)?.label !== undefined;
}

/** Without markup: what GitHub makes an anchor of. */
function headingText(tokens: readonly Token[]): string {
  return tokens
    .map(({ type, content }) =>
      type === 'text' || type === 'text_special' || type === 'code_inline' ? content : type === 'softbreak' ? ' ' : '',
    )
    .join('');
}
