import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { mdxFromMarkdown } from 'mdast-util-mdx';
import { gfm } from 'micromark-extension-gfm';
import { mdxjs } from 'micromark-extension-mdxjs';
import { HeadingSlugs, idsInText, idsOf, withoutAttributes } from './heading-slugs.ts';
import { HtmlLines } from './html-lines.ts';
import { elementsOfExpression, type JsxElement, jsxElement } from './jsx-element.ts';
import { type MarkdownContent, type MarkdownLink, withoutFrontMatter } from './read-markdown.ts';

/** Returned if a document cannot be read as MDX. */
interface MdxProblem {
  problem: string;
}

/** Limits on a document and on a line: the parser takes a second for this much. */
const MAX_CHARS = 2_000_000;
const MAX_LINE_CHARS = 20_000;
/**
 * At each blank line in an export, the parser parses the whole export again. This limits the total of characters
 * parsed.
 */
const MAX_EXPORT_CHARS = 2_000_000;
/**
 * Braces at the end of a heading are an id for most site generators and for MDX 1. In MDX 2 and 3 they are an
 * expression.
 */
const HEADING_ID = /^([ \t]{0,3}#{1,6}[ \t][^\n]*)(?<!\\)\{([^{}\n]*)\}([ \t]*)$/gm;
/** The id of a heading in Docusaurus's MDX syntax: an expression that is a comment. */
const ID_COMMENT = /^\s*\/\*\s*#([^\s{}]+)\s*\*\/\s*$/;
const AUTOLINK = /<((?:https?|mailto):[^\s<>]+)>/gi;
const VOID_TAG = /(<(?:area|br|col|embed|hr|img|input|link|meta|source|track|wbr)\b(?:[^<>"'{}]|"[^"]*"|'[^']*')*)(?<!\/)>/g;
/**
 * Math: `$$` on a line of its own up to the next such line, and `$$…$$` and `$…$` within a line. The rules are those of
 * inline-math.ts.
 */
const MATH =
  /^[ \t]*\$\$[ \t]*\n(?:(?![ \t]*\$\$[ \t]*$)[^\n]*\n)*[ \t]*\$\$[ \t]*$|(?<![\\$])\$\$[^$`\n]+\$\$|(?<![\p{L}\p{N}\\$])\$(?![\s$])(?:\\.|[^$`\n\\])+(?<!\s)\$(?![\p{L}\p{N}$])/gmu;
/** An export and the lines that continue it. */
const EXPORT = /^export\b[^\n]*\n(?:(?:[ \t}\])][^\n]*)?\n)*/gm;

type Node = ReturnType<typeof fromMarkdown>['children'][number] | ReturnType<typeof fromMarkdown>;

/**
 * Reads MDX (https://mdxjs.com/docs/what-is-mdx/): the links of its Markdown, also inside components, and the elements
 * of its JSX as HTML. Imports, exports and expressions are not text. If the document cannot be parsed, syntax that MDX
 * lacks is replaced, and it is parsed again: HTML comments, math, `<https://…>` and `<br>`.
 */
export function readMdx(source: string): MarkdownContent | MdxProblem {
  const text = withoutFrontMatter(source.replace(/\r\n?/g, '\n')).replace(HEADING_ID, escapedId);
  if (isTooLong(text)) return { problem: 'it is too long to be read as MDX' };
  try {
    return contentOf(text);
  } catch (error) {
    const replaced = withoutMath(withClosedTags(withMdxComments(text)));
    if (replaced !== text) {
      try {
        return contentOf(replaced);
      } catch {
        // Report the first problem.
      }
    }
    return { problem: `it is not valid MDX: ${problemText(error)}` };
  }
}

function escapedId(whole: string, heading: string, attributes: string, space: string): string {
  return idsOf(attributes) === undefined ? whole : `${heading}\\{${attributes}}${space}`;
}

function contentOf(text: string): MarkdownContent {
  const tree = fromMarkdown(text, { extensions: [gfm(), mdxjs()], mdastExtensions: [gfmFromMarkdown(), mdxFromMarkdown()] });
  const reading = new MdxReading();
  reading.take(tree);
  return reading.content();
}

class MdxReading {
  readonly #links: MarkdownLink[] = [];
  readonly #html = new HtmlLines();
  readonly #anchors = new Set<string>();
  readonly #slugs = new HeadingSlugs();

  take(node: Node): void {
    const line = node.position?.start.line ?? 1;
    switch (node.type) {
      case 'link':
      case 'image':
      case 'definition':
        this.#links.push({ written: node.url, line });
        break;
      case 'heading':
        this.#takeHeading(node);
        break;
      case 'paragraph':
        for (const id of idsInText(textOf(node))) this.#anchors.add(id);
        break;
      case 'mdxJsxFlowElement':
      case 'mdxJsxTextElement':
        this.#takeElement(jsxElement(node), line);
        for (const { value } of node.attributes) {
          if (typeof value !== 'object' || value === null) continue;
          for (const element of elementsOfExpression(value.data?.estree)) this.#takeElement(element, element.line ?? line);
        }
        break;
      case 'mdxFlowExpression':
      case 'mdxTextExpression':
        // Keep comments, because they may contain ignore marks.
        if (/^\s*\/\*[\s\S]*\*\/\s*$/.test(node.value)) this.#html.add(line - 1, `<!--${node.value.trim().slice(2, -2)}-->`);
        for (const element of elementsOfExpression(node.data?.estree)) this.#takeElement(element, element.line ?? line);
        break;
    }
    if ('children' in node) for (const child of node.children) this.take(child);
  }

  content(): MarkdownContent {
    return { links: this.#links, html: this.#html.text(), anchors: this.#anchors };
  }

  #takeElement({ html }: JsxElement, line: number): void {
    if (html !== '') this.#html.add(line - 1, html);
  }

  #takeHeading(node: Extract<Node, { type: 'heading' }>): void {
    const last = node.children.at(-1);
    const given = last?.type === 'mdxTextExpression' ? ID_COMMENT.exec(last.value)?.[1] : undefined;
    if (given !== undefined) this.#anchors.add(given);
    const text = textOf(node);
    for (const id of idsInText(text)) this.#anchors.add(id);
    this.#anchors.add(this.#slugs.add((given === undefined ? withoutAttributes(text) : text).trimEnd()));
  }
}

/** The text without markup and expressions. */
function textOf(node: Node): string {
  if (node.type === 'text' || node.type === 'inlineCode') return node.value;
  if (node.type === 'break') return '\n';
  return 'children' in node ? node.children.map((child) => textOf(child as Node)).join('') : '';
}

function isTooLong(text: string): boolean {
  if (text.length > MAX_CHARS) return true;
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start);
    const next = end === -1 ? text.length : end + 1;
    if (next - start > MAX_LINE_CHARS) return true;
    start = next;
  }
  for (const [block] of text.matchAll(EXPORT)) if ((block.match(/\n(?=\n)/g)?.length ?? 0) * block.length > MAX_EXPORT_CHARS) return true;
  return false;
}

/** Replaces HTML comments by MDX comments. */
function withMdxComments(text: string): string {
  let replaced = '';
  let end = 0;
  for (let start = text.indexOf('<!--'); start !== -1; start = text.indexOf('<!--', end)) {
    const closing = text.indexOf('-->', start + 4);
    if (closing === -1) break;
    replaced += `${text.slice(end, start)}{/*${text.slice(start + 4, closing).replaceAll('*/', '* /')}*/}`;
    end = closing + 3;
  }
  return replaced + text.slice(end);
}

/** Replaces `<https://…>`, and closes void elements. MDX 1 accepted both. */
function withClosedTags(text: string): string {
  return text.replace(AUTOLINK, ' $1 ').replace(VOID_TAG, '$1/>');
}

/** Replaces formulas by blanks, because their braces are not JavaScript. Keeps line breaks. */
function withoutMath(text: string): string {
  return text.replace(MATH, (formula) => formula.replace(/[^\n]/g, ' '));
}

/** The parser's message, with the line. */
function problemText(error: unknown): string {
  const { reason, line, message } = error as { reason?: string; line?: number; message: string };
  const text = (reason ?? message).split('\n')[0];
  return line === undefined ? `${text}` : `line ${line}: ${text}`;
}
