import { afterSpace, type CssPart, cssPlainUrl, cssString } from './css-parts.ts';
import { LineCounter } from './line-counter.ts';
import type { WrittenLinks } from './written-links.ts';

/** Tokens that can begin, end or hide a URL. */
const TOKEN = /\/\*|["'()\\]|@(?:import|namespace)(?![\w-])/gi;
const FUNCTION = /(?:^|[^\w\\\u0080-\uffff-])(url|(?:-webkit-)?image-set)$/i;
/** One more than the longest name that `FUNCTION` matches. */
const NAME_CHARACTERS = 18;
const TOKENS_IN_A_SLICE = 2_048;

/**
 * The URLs of `url()`, `@import` and `image-set()` in a style sheet, a `<style>` or a `style` attribute, unescaped and
 * in order (CSS Syntax 3, CSS Images 4). URLs of `@namespace` are only names and are skipped. An empty string may be
 * yielded at any time, to let the caller pause.
 *
 * @param place set to the position of each URL, or of the bracket or rule before it; ascending
 */
export function* cssUrls(css: string, place = { at: 0 }): Generator<string> {
  const token = new RegExp(TOKEN);
  let depth = 0;
  /** The bracket depth at which a string is a URL. 0 outside of `image-set()`. */
  let imageSet = 0;
  let tokens = 0;
  for (let match = token.exec(css); match !== null; match = token.exec(css)) {
    if (++tokens % TOKENS_IN_A_SLICE === 0) yield '';
    const at = match.index;
    place.at = at;
    switch (match[0].toLowerCase()) {
      case '/*':
        token.lastIndex = afterComment(css, at);
        break;
      case '\\':
        token.lastIndex = at + 2;
        break;
      case '@import':
      case '@namespace': {
        const part = ruleUrl(css, token.lastIndex, match[0].length > '@import'.length);
        if (match[0].length === '@import'.length) yield part.value ?? '';
        token.lastIndex = part.end;
        break;
      }
      case '(': {
        const name = FUNCTION.exec(css.slice(Math.max(0, at - NAME_CHARACTERS), at))?.[1];
        depth++;
        if (name?.length === 'url'.length) {
          const part = functionUrl(css, at + 1);
          yield part.value ?? '';
          token.lastIndex = part.end;
        } else if (name !== undefined && imageSet === 0) imageSet = depth;
        break;
      }
      case ')':
        if (depth === imageSet) imageSet = 0;
        depth = Math.max(0, depth - 1);
        break;
      default: {
        const part = cssString(css, at);
        if (imageSet !== 0 && depth === imageSet) yield part.value ?? '';
        token.lastIndex = part.end;
      }
    }
  }
}

/** Reads the URL of `url(`, up to but not including its closing bracket. */
function functionUrl(css: string, from: number): CssPart {
  const at = afterSpace(css, from);
  if (css[at] === '"' || css[at] === "'") return cssString(css, at);
  const { value, end } = cssPlainUrl(css, at);
  return { value, end: css[end - 1] === ')' ? end - 1 : end };
}

/**
 * Reads the URL after `@import`, or after `@namespace` and its prefix. For `@import`, only a string is read here:
 * `url(` is handled as a token of its own.
 */
function ruleUrl(css: string, from: number, isNamespace: boolean): CssPart {
  let at = from;
  for (;;) {
    at = afterSpace(css, at);
    if (css.startsWith('/*', at)) at = afterComment(css, at);
    else break;
  }
  if (css[at] === '"' || css[at] === "'") return cssString(css, at);
  if (!isNamespace) return { value: undefined, end: at };
  const begin = /["'(;{}]/g;
  begin.lastIndex = at;
  const character = begin.exec(css)?.[0];
  if (character === '(') return functionUrl(css, begin.lastIndex);
  return character === '"' || character === "'"
    ? cssString(css, begin.lastIndex - 1)
    : { value: undefined, end: character === undefined ? css.length : begin.lastIndex - 1 };
}

function afterComment(css: string, open: number): number {
  const end = css.indexOf('*/', open + 2);
  return end === -1 ? css.length : end + 2;
}

/** URLs that are read between two pauses. */
const URLS_IN_A_SLICE = 1_024;

/**
 * Collects the links of a style sheet. Yields now and then, so that other work can run.
 *
 * @param firstLine the line in which the style sheet begins, if line numbers are wanted
 */
export function* styleSheetLinks(css: string, written: WrittenLinks, firstLine?: number): Generator<void> {
  if (!written.reading.resources) return;
  const place = { at: 0 };
  const lines = firstLine === undefined ? undefined : new LineCounter(css);
  let count = 0;
  for (const url of cssUrls(css, place)) {
    if (url === '' || ++count % URLS_IN_A_SLICE === 0) yield;
    if (lines !== undefined && firstLine !== undefined) written.line = firstLine + lines.at(place.at) - 1;
    written.style(url);
  }
}
