import Markdown, { type MarkdownIt, type Token } from 'markdown-it';
import { addBareUrls } from './bare-urls.ts';
import { addMath } from './inline-math.ts';
import { addWikiLinks } from './wiki-links.ts';

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
