import type { MarkdownIt, StateInline, Token } from 'markdown-it';
import Markdown from 'markdown-it';
import { addBareUrls } from './bare-urls.ts';
import { headingSlug } from './heading-slugs.ts';
import { addMath } from './inline-math.ts';

/** A parser for CommonMark with GFM's tables and bare URLs, GitHub's math and, if asked for, wiki links. Its inline tokens know where in their block they begin: see `positionOf`. */
export function markdownParser({ wikiLinks }: { wikiLinks: boolean }): MarkdownIt {
  const parser = new Markdown({ html: true, maxNesting: 100 });
  parser.core.ruler.enableOnly(['normalize', 'block', 'inline']);
  // What it would refuse is judged by whoever checks links, who wants them as they were written.
  parser.validateLink = () => true;
  parser.normalizeLink = (url) => url;
  addBareUrls(parser);
  addMath(parser);
  if (wikiLinks) addWikiLinks(parser);
  // The parser's seam for more than it keeps of a token.
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

/** Where in the content of its block an inline token begins, or for the text of a link just behind its bracket. */
export function positionOf(token: Token): number {
  return POSITIONS.get(token) ?? 0;
}

const BRACKET = 0x5b;
/** Longer ones are no names. */
const MOST_CHARACTERS = 1_000;

/** Lets the parser take `[[page]]`, `[[page#heading|text]]` and `![[image.png]]` for links: tokens `wiki_link`, whose content names the page, with a fragment or without. */
function addWikiLinks({ inline }: MarkdownIt): void {
  inline.ruler.before('link', 'wiki_link', wikiLink);
}

function wikiLink(state: StateInline, silent: boolean): boolean {
  const { src, pos } = state;
  if (src.charCodeAt(pos) !== BRACKET || src.charCodeAt(pos + 1) !== BRACKET) return false;
  const inside = /^\[\[([^[\]|\n]+)(?:\|[^[\]\n]*)?\]\]/.exec(src.slice(pos, Math.min(state.posMax, pos + MOST_CHARACTERS)));
  // [[a]](b) is an ordinary link with brackets in its text.
  if (inside?.[1] === undefined || src.charAt(pos + inside[0].length) === '(') return false;
  if (!silent) state.push('wiki_link', 'a', 0).content = target(inside[1].trim());
  state.pos += inside[0].length;
  return true;
}

/** A heading is named by its text, the last of several by itself; a block has no anchor in Markdown. */
function target(written: string): string {
  const [page = '', ...headings] = written.replace(/\\$/, '').split('#');
  const heading = headings.at(-1)?.trim() ?? '';
  return heading === '' || heading.startsWith('^') ? page.trim() : `${page.trim()}#${headingSlug(heading)}`;
}
