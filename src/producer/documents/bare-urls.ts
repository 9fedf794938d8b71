import type { MarkdownIt, StateInline } from 'markdown-it';

/** Where a URL may begin without any markup (GFM 6.9): a scheme behind no letter, `www.` at the beginning of a word. */
const BEGINNING = /(?<![a-z])https?:\/\/|(?<![^\s*_~([\]])www\./giu;
const DOMAIN = /^[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*/u;
/** More than a domain has (RFC 1035, 2.3.4). */
const MOST_DOMAIN_CHARACTERS = 256;
const TO_END = /[^\s<]*/y;
/** What no other rule wants to see. */
const PLAIN = /[^\n!#$%&*+\-:<=>@[\\\]^_`{}~]+/y;

/** The markup of a link that is a bare URL. */
export const BARE_URL = 'bare-url';

/** Lets the parser take bare URLs for links. */
export function addBareUrls({ inline }: MarkdownIt): void {
  inline.ruler.at('text', plainText);
  inline.ruler.before('text', 'bare_url', bareUrl);
}

function bareUrl(state: StateInline, silent: boolean): boolean {
  // Brackets are matched first: what becomes the text of a link holds no other.
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

/** The parser's own rule, which would run over the beginning of a URL. */
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

/** The beginnings in the text that is parsed, found once each. */
const BEGINNINGS = new WeakMap<StateInline, { next: number; from: number }>();

function nextBeginning(state: StateInline, from: number): number {
  const known = BEGINNINGS.get(state);
  if (known !== undefined && known.from <= from && from <= known.next) return known.next;
  BEGINNING.lastIndex = from;
  const next = BEGINNING.exec(state.src)?.index ?? Number.POSITIVE_INFINITY;
  BEGINNINGS.set(state, { next, from });
  return next;
}

/** The bare URL that stands there, as GFM bounds it; undefined if its host is none. */
function urlAt(text: string, start: number): string | undefined {
  const scheme = /^https?:\/\//i.exec(text.slice(start, start + 8))?.[0] ?? '';
  const domainStart = start + scheme.length;
  const domain = DOMAIN.exec(text.slice(domainStart, domainStart + MOST_DOMAIN_CHARACTERS))?.[0];
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

/** Punctuation at the end belongs to the sentence, as does a bracket that was not opened in the URL, and what looks like an entity. */
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
