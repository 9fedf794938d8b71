import type { MarkdownIt, StateInline, Token } from 'markdown-it';
import Markdown from 'markdown-it';
import { addBareUrls } from './bare-urls.ts';
import { headingSlug } from './heading-slugs.ts';
import { addMath } from './inline-math.ts';

/**
 * Creates a parser for CommonMark with GFM's tables and bare URLs, GitHub's math and, optionally, wiki links.
 * `positionOf` returns the positions of its inline tokens.
 */
export function markdownParser({ wikiLinks }: { wikiLinks: boolean }): MarkdownIt {
  const parser = new Markdown({ html: true, maxNesting: 100 });
  parser.core.ruler.enableOnly(['normalize', 'block', 'inline']);
  // Links are needed as written. Invalid ones are judged later.
  parser.validateLink = () => true;
  parser.normalizeLink = (url) => url;
  addBareUrls(parser);
  addMath(parser);
  if (wikiLinks) addWikiLinks(parser);
  // The only way to record the positions of inline tokens is to subclass the parser's state.
  parser.inline.State = class extends parser.inline.State {
    override push(...args: Parameters<InstanceType<MarkdownIt['inline']['State']>['push']>): Token {
      const token = super.push(...args);
      POSITIONS.set(token, this.pos);
      return token;
    }
  };
  return parser;
}

const POSITIONS = new WeakMap<Token, number>();

/**
 * Position of an inline token in the content of its block. For the text of a link, it is the position after the
 * bracket.
 */
export function positionOf(token: Token): number {
  return POSITIONS.get(token) ?? 0;
}

const BRACKET = 0x5b;
/** Longer text in double brackets is not a wiki link. */
const MAX_WIKI_LINK_CHARS = 1_000;

/**
 * Makes the parser recognise `[[page]]`, `[[page#heading|text]]` and `![[image.png]]` as links: `wiki_link` tokens,
 * whose content is the page with an optional fragment.
 */
function addWikiLinks({ inline }: MarkdownIt): void {
  inline.ruler.before('link', 'wiki_link', wikiLink);
}

function wikiLink(state: StateInline, silent: boolean): boolean {
  const { src, pos } = state;
  if (src.charCodeAt(pos) !== BRACKET || src.charCodeAt(pos + 1) !== BRACKET) return false;
  const inside = /^\[\[([^[\]|\n]+)(?:\|[^[\]\n]*)?\]\]/.exec(src.slice(pos, Math.min(state.posMax, pos + MAX_WIKI_LINK_CHARS)));
  // `[[a]](b)` is an ordinary link with brackets in its text.
  if (inside?.[1] === undefined || src.charAt(pos + inside[0].length) === '(') return false;
  if (!silent) state.push('wiki_link', 'a', 0).content = target(inside[1].trim());
  state.pos += inside[0].length;
  return true;
}

/**
 * The link target of a wiki link. A heading is given by its text; of nested headings, the last one counts. A block
 * reference (`#^id`) has no anchor in Markdown.
 */
function target(written: string): string {
  const [page = '', ...headings] = written.replace(/\\$/, '').split('#');
  const heading = headings.at(-1)?.trim() ?? '';
  return heading === '' || heading.startsWith('^') ? page.trim() : `${page.trim()}#${headingSlug(heading)}`;
}
