import { AttributeValues } from './attribute-values.ts';
import { ForeignContent } from './foreign-content.ts';
import { nameNumber, nextHash } from './known-names.ts';
import { ATTRIBUTE, ATTRIBUTES, BREAKOUT, TAGS } from './markup-names.ts';
import { decodedPart, type MarkupText } from './markup-text.ts';
import { type BitSet, bit, skipPlainTags } from './plain-tags.ts';
import { RawText } from './raw-text.ts';

interface ScanOptions {
  readonly xml: boolean;
  /** Attributes. An element that has one is reported, whatever its name. */
  readonly common: ReadonlyArray<keyof typeof ATTRIBUTE>;
}

/** The value of `tag` for a processing instruction of XML. */
export const INSTRUCTION = 200;

/** Characters that are read between two looks at the clock, mostly in less than a millisecond. */
const SLICE_CHARACTERS = 16_384;
const EXCLAMATION = 0x21;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const SLASH = 0x2f;
const COLON = 0x3a;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const QUESTION = 0x3f;

/**
 * Scans the tags of a document in order, like the tokenizer of the HTML Standard (section 13.2.5), or those of XML.
 * Comments, raw text and character data are skipped. It reports only elements in `TAG` and elements with a `common`
 * attribute, and creates strings only for attributes that are asked for. Of end tags in HTML, it reports at least those
 * of `<style>` and `<template>`.
 *
 * Why not htmlparser2: see `docs/decisions/0012`.
 */
export class TagScanner {
  /** The number of the element's name in `TAG`; 0 for other names. */
  tag = 0;
  isEndTag = false;
  isSelfClosing = false;
  /** The position of the tag, and the position after it. */
  start = 0;
  end = 0;

  readonly #markup: MarkupText;
  readonly #values: AttributeValues;
  readonly #text: string;
  readonly #xml: boolean;
  /** Common attributes, by number in `ATTRIBUTE`, and their first letters. */
  #common: BitSet = 0;
  #commonLetters: BitSet = 0;
  readonly #raw: RawText;
  readonly #foreign = new ForeignContent();
  #at = 0;
  #sliceEnd = 0;
  #inTag = false;
  /** The position of the comment that is being skipped; -1 outside of one. */
  #comment = -1;
  #hasCommon = false;
  #valuesEnd = 0;

  constructor(markup: MarkupText, { xml, common }: ScanOptions) {
    this.#markup = markup;
    this.#text = markup.text;
    this.#xml = xml;
    this.#values = new AttributeValues(markup, xml);
    this.#raw = new RawText(markup.text);
    for (const name of common) {
      this.#common |= bit(ATTRIBUTE[name]);
      this.#commonLetters |= bit(name.charCodeAt(0));
    }
  }

  /** Begins the next slice. False at the end of the document. */
  nextSlice(): boolean {
    this.#sliceEnd = Math.min(this.#at + SLICE_CHARACTERS, this.#text.length);
    return this.#at < this.#text.length;
  }

  /** Advances to the next tag of interest. False at the end of the slice. */
  next(): boolean {
    while (this.#at < this.#sliceEnd) {
      if (this.#inTag) {
        if (this.#readAttributes() && this.#finishTag()) return true;
      } else if (this.#comment !== -1) this.#skipComment();
      else if (this.#raw.isOpen) this.#at = this.#raw.skip(this.#at, this.#sliceEnd);
      else if (this.#readMarkup()) return true;
    }
    return false;
  }

  /** The decoded value of an attribute of this tag. Undefined if the tag does not have it. */
  value(attribute: number): string | undefined {
    return this.#values.value(attribute);
  }

  has(attribute: number): boolean {
    return this.#values.has(attribute);
  }

  /** The text between two positions, decoded. */
  between(start: number, end: number): string {
    return decodedPart(this.#markup, this.#text.slice(start, end));
  }

  /**
   * Advances to the next `<` and reads what it begins. True at a tag of interest without attributes, and at an
   * instruction of XML.
   */
  #readMarkup(): boolean {
    const text = this.#text;
    if (!this.#xml && !this.#foreign.isOpen) {
      this.#at = skipPlainTags(text, this.#at, this.#sliceEnd, this.#commonLetters);
      if (this.#at >= this.#sliceEnd) return false;
    }
    const open = text.indexOf('<', this.#at);
    if (open === -1) {
      this.#at = text.length;
      return false;
    }
    const code = text.charCodeAt(open + 1);
    if (this.#beginsName(code)) return this.#readName(open, open + 1, false);
    if (code === SLASH) return this.#readEndTag(open);
    if (code === QUESTION) return this.#readInstruction(open);
    this.#at = code === EXCLAMATION ? this.#afterDeclaration(open) : open + 1;
    return false;
  }

  #beginsName(code: number): boolean {
    const lower = code | 0x20;
    return (lower >= 0x61 && lower <= 0x7a) || (this.#xml && (code >= 0x80 || code === 0x5f));
  }

  #readEndTag(open: number): boolean {
    if (this.#beginsName(this.#text.charCodeAt(open + 2))) return this.#readName(open, open + 2, true);
    this.#at = after(this.#text, '>', open + 2);
    return false;
  }

  /**
   * Reads the name of a tag. True if it is a tag of interest without attributes. The attributes of other tags are read
   * next.
   */
  #readName(open: number, nameStart: number, isEndTag: boolean): boolean {
    const text = this.#text;
    let start = nameStart;
    let at = nameStart;
    let hash = 0;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (endsName(code)) break;
      if (code === COLON && this.#xml) {
        start = at + 1;
        hash = 0;
      } else hash = nextHash(hash, code | 0x20);
    }
    this.tag = nameNumber(TAGS, hash, text, start, at);
    this.isEndTag = isEndTag;
    this.start = open;
    this.#values.beginTag(open);
    this.#hasCommon = false;
    this.#valuesEnd = at;
    if (text.charCodeAt(at) === GREATER) {
      this.#at = at + 1;
      return this.#finishTag();
    }
    this.#at = at;
    this.#inTag = true;
    return false;
  }

  /** Reads the attributes of the tag. True if its end was reached; false at the end of the slice or document. */
  #readAttributes(): boolean {
    const text = this.#text;
    const sliceEnd = this.#sliceEnd;
    let at = this.#at;
    while (at < sliceEnd) {
      let code = text.charCodeAt(at);
      if (code === GREATER) {
        this.#at = at + 1;
        return true;
      }
      if (code === SLASH || isSpace(code)) {
        at++;
        continue;
      }
      const nameStart = at;
      let hash = 0;
      do {
        hash = nextHash(hash, code | 0x20);
        code = text.charCodeAt(++at);
      } while (at < text.length && code !== EQUALS && !endsName(code));
      const nameEnd = at;
      while (isSpace(text.charCodeAt(at))) at++;
      let valueStart = nameEnd;
      let valueEnd = nameEnd;
      if (text.charCodeAt(at) === EQUALS) {
        do at++;
        while (isSpace(text.charCodeAt(at)));
        const quote = text.charCodeAt(at);
        valueStart = at;
        if (quote === QUOTE || quote === APOSTROPHE) {
          valueStart++;
          valueEnd = text.indexOf(quote === QUOTE ? '"' : "'", valueStart);
          at = valueEnd === -1 ? text.length : valueEnd + 1;
        } else {
          while (at < text.length && text.charCodeAt(at) !== GREATER && !isSpace(text.charCodeAt(at))) at++;
          valueEnd = at;
        }
        this.#valuesEnd = at;
      }
      if (this.isEndTag) continue;
      const number = nameNumber(ATTRIBUTES, hash, text, nameStart, nameEnd);
      if (number !== 0 && this.#values.record(number, valueStart, valueEnd) && (this.#common & bit(number)) !== 0) this.#hasCommon = true;
    }
    // A tag that is cut off by the end of the document does not count.
    this.#at = at;
    return false;
  }

  /** Ends the tag. True if it is of interest. */
  #finishTag(): boolean {
    const { tag } = this;
    this.#inTag = false;
    this.end = this.#at;
    this.isSelfClosing = this.#text.charCodeAt(this.#at - 2) === SLASH && this.#at - 2 >= this.#valuesEnd;
    if (this.#xml) return true;
    if (tag !== 0) {
      if (this.isEndTag) this.#foreign.end(tag);
      else {
        if (!this.#foreign.isInside) this.#raw.begin(tag);
        this.#foreign.begin(tag, this.isSelfClosing);
      }
    }
    return this.#hasCommon || (tag !== 0 && tag < BREAKOUT);
  }

  /**
   * Skips the doctype, comment or CDATA section at `open`, and returns the position after it. For a comment it returns
   * the position of its first dashes, and `#skipComment` skips the rest.
   */
  #afterDeclaration(open: number): number {
    const text = this.#text;
    if (text.startsWith('--', open + 2)) {
      this.#comment = open;
      return open + 2;
    }
    if ((this.#xml || this.#foreign.hasCharacterData) && text.startsWith('[CDATA[', open + 2)) return after(text, ']]>', open + 9);
    const end = after(text, '>', open + 2);
    // In XML, a doctype can contain declarations in brackets.
    if (this.#xml && text.slice(open, end).includes('[')) return after(text, '>', after(text, ']', open));
    return end;
  }

  /**
   * Skips to the end of the comment, `-->` or `--!>` (HTML Standard, sections 13.2.5.43 to 13.2.5.52), or of the slice.
   * In HTML, but not in XML, the dashes of `<!--` can also belong to `-->`.
   */
  #skipComment(): void {
    const text = this.#text;
    let at = this.#at;
    while (at < this.#sliceEnd) {
      const dashes = text.indexOf('--', at);
      if (dashes === -1) {
        at = text.length;
        break;
      }
      const isWithin = dashes >= this.#comment + 4;
      const next = text.charCodeAt(dashes + 2);
      if (next === GREATER && (isWithin || !this.#xml)) {
        this.#comment = -1;
        at = dashes + 3;
        break;
      }
      if (next === EXCLAMATION && isWithin && !this.#xml && text.charCodeAt(dashes + 3) === GREATER) {
        this.#comment = -1;
        at = dashes + 4;
        break;
      }
      at = dashes + 1;
    }
    this.#at = at;
  }

  #readInstruction(open: number): boolean {
    this.#at = after(this.#text, this.#xml ? '?>' : '>', open + 2);
    this.tag = INSTRUCTION;
    this.isEndTag = false;
    this.start = open;
    this.end = this.#at;
    return this.#xml;
  }
}

/** The position after the next `part`, or the end of the text if there is none. */
function after(text: string, part: string, from: number): number {
  const at = text.indexOf(part, from);
  return at === -1 ? text.length : at + part.length;
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code <= 0x0d && code >= 0x09 && code !== 0x0b);
}

function endsName(code: number): boolean {
  return code === GREATER || code === SLASH || isSpace(code);
}
