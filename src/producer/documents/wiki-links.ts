import type { MarkdownIt, StateInline } from 'markdown-it';
import { headingSlug } from './heading-slugs.ts';

const BRACKET = 0x5b;
/** Longer ones are no names. */
const MOST_CHARACTERS = 1_000;

/** Lets the parser take `[[page]]`, `[[page#heading|text]]` and `![[image.png]]` for links: tokens `wiki_link`, whose content names the page, with a fragment or without. */
export function addWikiLinks({ inline }: MarkdownIt): void {
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
