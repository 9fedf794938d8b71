import type { MarkdownIt, Token } from 'markdown-it';
import { LineCounter } from '../../parse/links/line-counter.ts';
import { BARE_URL } from './bare-urls.ts';
import { HeadingSlugs, idsInText, withoutAttributes } from './heading-slugs.ts';
import { HtmlLines } from './html-lines.ts';
import { embeddedHtml, htmlHeadings, inlineHtml, markdownInHtml } from './markdown-html.ts';
import { markdownParser, positionOf } from './markdown-parser.ts';
import { colonDirectiveLinks, type Directive, downloadOf, readDirective } from './myst-directives.ts';

/** The contents of a Markdown document. The links and ids of its HTML are not included in `links` and `anchors`. */
export interface MarkdownContent {
  /** In order of their lines. */
  links: MarkdownLink[];
  /** Its HTML, on the same lines as in the document. */
  html: string;
  /** The anchors of its headings. */
  anchors: Set<string>;
}

export interface MarkdownLink {
  /** The destination, with escapes and entities resolved. */
  written: string;
  /** Set for a wiki link: `written` is the name of a page. */
  isWiki?: true;
  /** The line on which the link begins, from 1; for a reference link, the line of its definition. */
  line: number;
}

/** A footnote, such as `[^1]: text`. It is parsed as a list item, whose content is also indented by four. */
const FOOTNOTE = /^( {0,3})\[\^[^\]\s]+\]:[ \t]*/gm;
/**
 * An admonition or tab of Python-Markdown: `!!! note "Title"`, `??? note`, `???+ note`, `=== "Tab"`. Its content is
 * indented by four, so it is parsed as a list item too.
 */
const ADMONITION = /^((?: {4}|\t)*)(?:!!!|\?\?\?\+?|===[!+]?)[ \t]+(?=["'\w])/gm;

interface MarkdownReading {
  /** True if `[[page]]` is a link. */
  wikiLinks?: boolean;
}

/** Directives within directives that are read. */
const MAX_NESTED = 20;

const parsers = new Map<boolean, MarkdownIt>();

/**
 * Reads Markdown: CommonMark with GFM's tables, footnotes and bare URLs, math, the blocks of Python-Markdown and the
 * directives of MyST. Code and comments contain no links.
 *
 * A reference link counts once, on the line of its definition, because that is where a broken one is fixed. A reference
 * without a definition is text.
 */
export function readMarkdown(source: string, { wikiLinks = false }: MarkdownReading = {}): MarkdownContent {
  const parser = parserFor(wikiLinks);
  const text = withoutFrontMatter(source.replace(/\r\n?/g, '\n'));
  const reading = new Reading(parser);
  reading.takeAll(text);
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
  readonly #html = new HtmlLines();
  readonly #anchors = new Set<string>();
  readonly #slugs = new HeadingSlugs();
  readonly #parser: MarkdownIt;
  /** Line of the current block, from 0. */
  #line = 0;
  /** Line on which the text begins that is parsed: that of the document, or of a directive within it. */
  #firstLine = 0;
  /** Directives around the text that is parsed. */
  #depth = 0;

  constructor(parser: MarkdownIt) {
    this.#parser = parser;
  }

  /** Reads a text: the document, or the body of a directive. */
  takeAll(text: string): void {
    const env = {};
    const tokens = this.#parser.parse(text.replace(FOOTNOTE, '$1-   ').replace(ADMONITION, '$1-   '), env);
    const { references = {} } = env as { references?: Record<string, { href: string }> };
    for (const [index, token] of tokens.entries()) this.#take(token, tokens[index - 1], references);
  }

  #take(token: Token, before: Token | undefined, references: Readonly<Record<string, { href: string }>>): void {
    if (token.map) this.#line = this.#firstLine + token.map[0];
    if (token.type === 'inline') {
      const children = token.children ?? [];
      this.#takeInline(token.content, children);
      for (const id of idsInText(token.content.includes('{') || token.content.includes(')=') ? plainText(children) : ''))
        this.#anchors.add(id);
      if (before?.type === 'heading_open') this.#takeHeading(headingText(children));
      for (const { written, line } of colonDirectiveLinks(token.content)) this.#links.push({ written, line: this.#line + line + 1 });
    } else if (token.type === 'html_block') {
      this.#html.add(this.#line, embeddedHtml(token.content));
      for (const heading of htmlHeadings(token.content)) this.#takeHeading(heading);
      this.#takeMarkdownInHtml(markdownInHtml(token.content));
    } else if (token.type === 'fence') {
      this.#takeDirective(readDirective(token.info, token.content));
    } else if (token.type === 'reference_definition') {
      const definition = references[(token.meta as { label: string }).label];
      if (definition !== undefined) this.#links.push({ written: definition.href, line: this.#line + 1 });
    }
  }

  content(): MarkdownContent {
    return { links: this.#links, html: this.#html.text(), anchors: this.#anchors };
  }

  #takeDirective(directive: Directive | undefined): void {
    if (directive === undefined) return;
    const at = this.#line;
    for (const { written, line } of directive.links) this.#links.push({ written, line: at + line + 1 });
    const { body } = directive;
    if (body === undefined || body.text.trim() === '' || this.#depth === MAX_NESTED) return;
    const outer = this.#firstLine;
    this.#firstLine = at + body.line;
    this.#depth++;
    this.takeAll(body.text);
    this.#depth--;
    this.#firstLine = outer;
  }

  #takeMarkdownInHtml(text: string): void {
    if (text === '') return;
    const tokens = this.#parser.parseInline(text, {}).flatMap(({ children }) => children ?? []);
    // The tags are read with the block, and a bare URL is not a link in HTML.
    this.#takeInline(
      text,
      tokens.filter(({ type, markup }) => type !== 'html_inline' && markup !== BARE_URL),
    );
  }

  #takeInline(content: string, tokens: readonly Token[]): void {
    const lines = new LineCounter(content);
    for (const [index, token] of tokens.entries()) {
      const isHtml = token.type === 'html_inline';
      const download = token.type === 'code_inline' ? downloadOf(tokens[index - 1]?.content ?? '', token.content) : undefined;
      if (download !== undefined) {
        this.#links.push({ written: download, line: this.#line + lines.at(positionOf(token)) });
        continue;
      }
      if (token.type === 'wiki_link') {
        const at = this.#line + lines.at(positionOf(token));
        this.#links.push({ written: token.content, line: at, isWiki: true });
        continue;
      }
      const written = destination(token);
      if (!isHtml && written === undefined) continue;
      const line = this.#line + lines.at(positionOf(token)) - 1;
      if (isHtml) this.#html.add(line, inlineHtml(token.content));
      else if (written !== undefined && !hasDefinition(token)) this.#links.push({ written, line: line + 1 });
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

/** The text of a heading without markup and attributes, from which GitHub makes the anchor. */
function headingText(tokens: readonly Token[]): string {
  const text = tokens
    .map(({ type, content }) =>
      type === 'text' || type === 'text_special' || type === 'code_inline' ? content : type === 'softbreak' ? ' ' : '',
    )
    .join('');
  return tokens.at(-1)?.type === 'text' ? withoutAttributes(text) : text;
}

/** The text without code and escaped characters. */
function plainText(tokens: readonly Token[]): string {
  return tokens
    .map(({ type, content }) =>
      type === 'text' ? content : type === 'softbreak' ? '\n' : type.startsWith('em_') || type.startsWith('strong_') ? '' : ' ',
    )
    .join('');
}

const FENCED = /^(---|\+\+\+)[ \t]*\n(?:[^\n]*\n)*?(?:\1|\.\.\.)[ \t]*(?:\n|$)/;

/** Replaces front matter (YAML or TOML between `---` or `+++`) at the beginning by empty lines. Lines end with LF. */
export function withoutFrontMatter(text: string): string {
  const block = FENCED.exec(text)?.[0];
  return block === undefined ? text : block.replace(/[^\n]+/g, '') + text.slice(block.length);
}
