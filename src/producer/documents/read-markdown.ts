import type { MarkdownIt, Token } from 'markdown-it';
import { LineCounter } from '../../parse/links/line-counter.ts';
import { BARE_URL } from './bare-urls.ts';
import { HeadingSlugs, idsInText, withoutAttributes } from './heading-slugs.ts';
import { embeddedHtml, htmlHeadings, inlineHtml, markdownInHtml } from './markdown-html.ts';
import { markdownParser, positionOf } from './markdown-parser.ts';

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
  /** It is a wiki link, and names a page. */
  isWiki?: true;
  /** From 1: that on which the link begins, or for a link by reference its definition. */
  line: number;
}

/** As `[^1]: text`; a list item has the same shape, for a footnote is indented by four as well. */
const FOOTNOTE = /^( {0,3})\[\^[^\]\s]+\]:[ \t]*/gm;
/** An admonition or a tab of Python-Markdown: `!!! note "Title"`, `??? note`, `???+ note`, `=== "Tab"`. What belongs to it is indented by four, like the content of such a list item. */
const ADMONITION = /^((?: {4}|\t)*)(?:!!!|\?\?\?\+?|===[!+]?)[ \t]+(?=["'\w])/gm;

interface MarkdownReading {
  /** `[[page]]` is a link. */
  wikiLinks?: boolean;
}

const parsers = new Map<boolean, MarkdownIt>();

/**
 * Reads Markdown: CommonMark with GFM's tables, footnotes and bare URLs, math, and the blocks of Python-Markdown. What stands in code and in comments is none of it.
 *
 * Links by reference count where they are defined, each once, since that is where a broken one is mended; a reference without definition is text.
 */
export function readMarkdown(source: string, { wikiLinks = false }: MarkdownReading = {}): MarkdownContent {
  const parser = parserFor(wikiLinks);
  const text = withoutFrontMatter(source.replace(/\r\n?/g, '\n'));
  const reading = new Reading(parser);
  const env = {};
  const tokens = parser.parse(text.replace(FOOTNOTE, '$1-   ').replace(ADMONITION, '$1-   '), env);
  const { references = {} } = env as { references?: Record<string, { href: string }> };
  for (const [index, token] of tokens.entries()) reading.take(token, tokens[index - 1], references);
  return reading.content();
}

function parserFor(wikiLinks: boolean): MarkdownIt {
  let parser = parsers.get(wikiLinks);
  if (parser === undefined) {
    parser = markdownParser({ wikiLinks });
    parsers.set(wikiLinks, parser);
  }
  return parser;
}

class Reading {
  readonly #links: MarkdownLink[] = [];
  readonly #html: string[] = [];
  readonly #anchors = new Set<string>();
  readonly #slugs = new HeadingSlugs();
  readonly #parser: MarkdownIt;
  /** Of the block that is read, from 0. */
  #line = 0;

  constructor(parser: MarkdownIt) {
    this.#parser = parser;
  }

  take(token: Token, before: Token | undefined, references: Readonly<Record<string, { href: string }>>): void {
    if (token.map) this.#line = token.map[0];
    if (token.type === 'inline') {
      const children = token.children ?? [];
      this.#takeInline(token.content, children);
      for (const id of idsInText(token.content.includes('{') || token.content.includes(')=') ? plainText(children) : ''))
        this.#anchors.add(id);
      if (before?.type === 'heading_open') this.#takeHeading(headingText(children));
    } else if (token.type === 'html_block') {
      this.#takeHtml(this.#line, embeddedHtml(token.content));
      for (const heading of htmlHeadings(token.content)) this.#takeHeading(heading);
      this.#takeMarkdownInHtml(markdownInHtml(token.content));
    } else if (token.type === 'reference_definition') {
      const definition = references[(token.meta as { label: string }).label];
      if (definition !== undefined) this.#links.push({ written: definition.href, line: this.#line + 1 });
    }
  }

  content(): MarkdownContent {
    const html = Array.from(this.#html, (line) => line ?? '').join('\n');
    return { links: this.#links, html, anchors: this.#anchors };
  }

  #takeMarkdownInHtml(text: string): void {
    if (text === '') return;
    const tokens = this.#parser.parseInline(text, {}).flatMap(({ children }) => children ?? []);
    // The tags are read with the block, and a bare URL is no link in HTML.
    this.#takeInline(
      text,
      tokens.filter(({ type, markup }) => type !== 'html_inline' && markup !== BARE_URL),
    );
  }

  #takeInline(content: string, tokens: readonly Token[]): void {
    const lines = new LineCounter(content);
    for (const token of tokens) {
      const isHtml = token.type === 'html_inline';
      if (token.type === 'wiki_link') {
        const at = this.#line + lines.at(positionOf(token));
        this.#links.push({ written: token.content, line: at, isWiki: true });
        continue;
      }
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
    this.#anchors.add(this.#slugs.add(text));
  }
}

function destination(token: Token): string | undefined {
  if (token.type !== 'link_open' && token.type !== 'image') return undefined;
  return String(token.attrGet(token.type === 'image' ? 'src' : 'href') ?? '');
}

function hasDefinition({ meta }: Token): boolean {
  return (meta as { label?: string } | null)?.label !== undefined;
}

/** Without markup and attributes: what GitHub makes an anchor of. */
function headingText(tokens: readonly Token[]): string {
  const text = tokens
    .map(({ type, content }) =>
      type === 'text' || type === 'text_special' || type === 'code_inline' ? content : type === 'softbreak' ? ' ' : '',
    )
    .join('');
  return tokens.at(-1)?.type === 'text' ? withoutAttributes(text) : text;
}

/** Text that is neither code nor escaped. */
function plainText(tokens: readonly Token[]): string {
  return tokens
    .map(({ type, content }) =>
      type === 'text' ? content : type === 'softbreak' ? '\n' : type.startsWith('em_') || type.startsWith('strong_') ? '' : ' ',
    )
    .join('');
}

const FENCED = /^(---|\+\+\+)[ \t]*\n(?:[^\n]*\n)*?(?:\1|\.\.\.)[ \t]*(?:\n|$)/;

/** The text with empty lines in place of the YAML or TOML that it begins with, between `---` or `+++`. Lines end with LF. */
export function withoutFrontMatter(text: string): string {
  const block = FENCED.exec(text)?.[0];
  return block === undefined ? text : block.replace(/[^\n]+/g, '') + text.slice(block.length);
}
