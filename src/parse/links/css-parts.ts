/** A string or URL in a style sheet. */
export interface CssPart {
  /** The value without quotes and escapes. Undefined if it is invalid. */
  readonly value: string | undefined;
  /** The position after it. */
  readonly end: number;
}

/** Longer than any useful URL. */
const MAX_CHARACTERS = 262_144;
const BACKSLASH = 0x5c;
const CLOSE = 0x29;

/**
 * Reads the string whose opening quote is at `open` (CSS Syntax 3, section 4.3.5). A line break makes it invalid, and
 * the end of the text ends it.
 */
export function cssString(css: string, open: number): CssPart {
  const quote = css.charCodeAt(open);
  let at = open + 1;
  for (; at < css.length; at++) {
    const code = css.charCodeAt(at);
    if (code === quote) return { value: unescaped(css.slice(open + 1, at)), end: at + 1 };
    if (code === BACKSLASH) at++;
    else if (isNewline(code)) return { value: undefined, end: at };
  }
  return { value: unescaped(css.slice(open + 1)), end: css.length };
}

/**
 * Reads the unquoted URL that begins after `url(`, and everything up to its closing bracket (CSS Syntax 3, sections
 * 4.3.6 and 4.3.14).
 */
export function cssPlainUrl(css: string, from: number): CssPart {
  let at = afterSpace(css, from);
  const start = at;
  for (; at < css.length; at++) {
    const code = css.charCodeAt(at);
    if (code === CLOSE) return { value: unescaped(css.slice(start, at)), end: at + 1 };
    if (isSpace(code)) {
      const close = afterSpace(css, at);
      if (close < css.length && css.charCodeAt(close) !== CLOSE) return { value: undefined, end: afterBracket(css, close) };
      return { value: unescaped(css.slice(start, at)), end: close + 1 };
    }
    if (code === BACKSLASH && !isNewline(css.charCodeAt(at + 1))) at = lastOfEscape(css, at);
    else if (isForbidden(code)) return { value: undefined, end: afterBracket(css, at) };
  }
  return { value: unescaped(css.slice(start)), end: css.length };
}

/** The position after white space. */
export function afterSpace(css: string, from: number): number {
  let at = from;
  while (isSpace(css.charCodeAt(at))) at++;
  return at;
}

/**
 * The last character of the escape at `at`. White space after its digits belongs to it (CSS Syntax 3, section
 * 4.3.7).
 */
function lastOfEscape(css: string, at: number): number {
  const digits = /^[0-9a-f]{1,6}/i.exec(css.slice(at + 1, at + 7))?.[0].length;
  if (digits === undefined) return at + 1;
  const last = at + digits;
  return isSpace(css.charCodeAt(last + 1)) ? last + 1 : last;
}

function afterBracket(css: string, from: number): number {
  let at = from;
  for (; at < css.length && css.charCodeAt(at) !== CLOSE; at++) if (css.charCodeAt(at) === BACKSLASH) at++;
  return at + 1;
}

/** Replaces escapes (CSS Syntax 3, section 4.3.7). A backslash before a line break is removed. */
function unescaped(part: string): string {
  const value = part.slice(0, MAX_CHARACTERS);
  if (!value.includes('\\')) return value;
  return value.replace(/\\(?:([0-9a-f]{1,6})(?:\r\n|[\t\n\f\r ])?|\r\n|[\n\f\r]|([\s\S])|$)/gi, (_, digits?: string, other?: string) =>
    digits === undefined ? (other ?? '') : characterOf(Number.parseInt(digits, 16)),
  );
}

function characterOf(point: number): string {
  const isScalar = point > 0 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
  return isScalar ? String.fromCodePoint(point) : '\ufffd';
}

function isNewline(code: number): boolean {
  return code === 0x0a || code === 0x0c || code === 0x0d;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || isNewline(code);
}

/**
 * True for characters that are not allowed in an unquoted URL: quotes, an opening bracket, a backslash before a line
 * break, and non-printable characters.
 */
function isForbidden(code: number): boolean {
  return code === 0x22 || code === 0x27 || code === 0x28 || code === BACKSLASH || code < 0x20 || code === 0x7f;
}
