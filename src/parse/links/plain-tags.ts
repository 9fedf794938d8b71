import { nextHash, SLOTS } from './known-names.ts';
import { BREAKOUT, TAG, TAGS } from './markup-names.ts';

const LINE_FEED = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const HYPHEN = 0x2d;
const SLASH = 0x2f;
const EQUALS = 0x3d;
const GREATER = 0x3e;

const START = 1;
const END = 2;
/**
 * Indexed by the slot of a name's hash: whether a start tag (`START`), an end tag (`END`) or both with this name must be
 * read. Other names with the same hash are read too, which takes longer but changes nothing.
 */
const MUST_READ = TAGS.numbers.map((tag) => {
  if (tag === 0 || tag >= BREAKOUT) return 0;
  return tag === TAG.style || tag === TAG.template ? START | END : START;
});

/** A set of numbers. Numbers that are the same modulo 32 are not told apart. */
export type BitSet = number;

export function bit(value: number): BitSet {
  return 1 << (value & 31);
}

/**
 * Skips text and plain tags of HTML in a third of the time that `TagScanner` takes to read them. Most tags are plain:
 * `<div class="name">`, `</td>`, `<option selected>`. Their names are in lower case, all values are in double quotes,
 * and their elements contain no links and do not change how the following markup is read. In SVG, MathML and raw text,
 * it must not be used.
 *
 * @param from a position outside of a tag
 * @param until a position near which to stop, if there are only plain tags before it
 * @param stops ASCII letters. A tag with an attribute that begins with one of them is not plain
 * @returns the position of a `<` that begins anything but a plain tag, or a position that is not before `until`
 */
export function skipPlainTags(text: string, from: number, until: number, stops: BitSet): number {
  let at = from;
  while (at < until) {
    const open = text.indexOf('<', at);
    if (open === -1) return text.length;
    at = plainTagEnd(text, open, stops);
    if (at === -1) return open;
  }
  return at;
}

/** The position after the tag at `open`. -1 if it is not plain. */
function plainTagEnd(text: string, open: number, stops: BitSet): number {
  let at = open + 1;
  let code = text.charCodeAt(at);
  let kind = START;
  if (code === SLASH) {
    kind = END;
    code = text.charCodeAt(++at);
  }
  if (!isLetter(code)) return -1;
  let hash = 0;
  do {
    hash = nextHash(hash, code);
    code = text.charCodeAt(++at);
  } while (isLetter(code) || isDigitOrHyphen(code));
  if (((MUST_READ[hash % SLOTS] as number) & kind) !== 0) return -1;
  while (code !== GREATER) {
    if (code !== SPACE && code !== LINE_FEED) return code === SLASH && text.charCodeAt(at + 1) === GREATER ? at + 2 : -1;
    code = text.charCodeAt(++at);
    const nameStart = at;
    if ((stops & bit(code)) !== 0) return -1;
    while (isLetter(code) || isDigitOrHyphen(code)) code = text.charCodeAt(++at);
    if (code !== EQUALS) continue;
    if (at === nameStart || text.charCodeAt(at + 1) !== QUOTE) return -1;
    at = text.indexOf('"', at + 2) + 1;
    if (at === 0) return -1;
    code = text.charCodeAt(at);
  }
  return at + 1;
}

function isLetter(code: number): boolean {
  return code >= 0x61 && code <= 0x7a;
}

function isDigitOrHyphen(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === HYPHEN;
}
