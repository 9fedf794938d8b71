import type { MarkdownIt, StateInline } from 'markdown-it';

/** Where a bare URL may begin (GFM 6.9): a scheme not preceded by a letter, or `www.` at the beginning of a word. */
const BEGINNING = /(?<![a-z])https?:\/\/|(?<![^\s*_~([\]])www\./giu;
const DOMAIN = /^[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*/u;
/** More than the maximum length of a domain (RFC 1035, 2.3.4). */
const MAX_DOMAIN_CHARS = 256;
const TO_END = /[^\s<]*/y;
/** Characters that start no other inline rule. */
const PLAIN = /[^\n!#$%&*+\-:<=>@[\\\]^_`{}~]+/y;

/** The `markup` of link tokens that are bare URLs. */
export const BARE_URL = 'bare-url';

/** Makes the parser recognise bare URLs as links. */
export function addBareUrls({ inline }: MarkdownIt): void {
  inline.ruler.at('text', plainText);
  inline.ruler.before('text', 'bare_url', bareUrl);
}

function bareUrl(state: StateInline, silent: boolean): boolean {
  // Brackets are matched first (`silent`), and the text of a link cannot contain another link.
  if (silent || state.linkLevel > 0 || nextBeginning(state, state.pos) !== state.pos) return false;
  const url = urlAt(state.src.slice(0, state.posMax), state.pos);
  if (url === undefined) return false;
  const token = state.push('link_open', 'a', 1);
  token.markup = BARE_URL;
  token.attrs = [['href', /^www/i.test(url) ? `http://${url}` : url]];
  state.push('text', '', 0).content = url;
  state.push('link_close', 'a', -1);
  state.pos += url.length;
  return true;
}

/** Replaces the parser's own `text` rule, which would skip over the beginning of a URL. */
function plainText(state: StateInline, silent: boolean): boolean {
  const { src, pos, posMax } = state;
  PLAIN.lastIndex = pos;
  if (!PLAIN.test(src)) return false;
  const end = Math.min(PLAIN.lastIndex, posMax, nextBeginning(state, pos + 1));
  if (end <= pos) return false;
  if (!silent) state.pending += src.slice(pos, end);
  state.pos = end;
  return true;
}

/** The next beginning of a URL in each parsed text, so that each is searched for once. */
const BEGINNINGS = new WeakMap<StateInline, { next: number; from: number }>();

function nextBeginning(state: StateInline, from: number): number {
  const known = BEGINNINGS.get(state);
  if (known !== undefined && known.from <= from && from <= known.next) return known.next;
  BEGINNING.lastIndex = from;
  const next = BEGINNING.exec(state.src)?.index ?? Number.POSITIVE_INFINITY;
  BEGINNINGS.set(state, { next, from });
  return next;
}

/** The bare URL at this position, with the end that GFM defines; undefined if its host is invalid. */
function urlAt(text: string, start: number): string | undefined {
  const scheme = /^https?:\/\//i.exec(text.slice(start, start + 8))?.[0] ?? '';
  const domainStart = start + scheme.length;
  const domain = DOMAIN.exec(text.slice(domainStart, domainStart + MAX_DOMAIN_CHARS))?.[0];
  if (
    domain === undefined ||
    domain
      .split('.')
      .slice(-2)
      .some((part) => part.includes('_'))
  )
    return undefined;
  if (scheme === '' && !/^www\../i.test(domain)) return undefined;
  TO_END.lastIndex = start;
  return withoutTrailing(TO_END.exec(text)?.[0] ?? '');
}

/**
 * Removes punctuation at the end, which belongs to the sentence, and also a closing bracket that was not opened in the
 * URL, and text that looks like an entity.
 */
function withoutTrailing(url: string): string {
  let end = url.length;
  const unbalanced = { ')': excess(url, '(', ')'), ']': excess(url, '[', ']') };
  for (;;) {
    const last = url[end - 1] as string;
    if (last === ';') end -= /&[a-z0-9]+;$/i.exec(url.slice(Math.max(0, end - 40), end))?.[0].length ?? 1;
    else if (last === ')' || last === ']') {
      if (unbalanced[last]-- <= 0) return url.slice(0, end);
      end--;
    } else if ('?!.,:*_~\'"'.includes(last)) end--;
    else return url.slice(0, end);
  }
}

function excess(text: string, opening: string, closing: string): number {
  return text.split(closing).length - text.split(opening).length;
}
