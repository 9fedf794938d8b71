import { decodeAttribute, decodeText } from './character-references.ts';
import { decodedPart, type MarkupText } from './markup-text.ts';

/** Values that stand for themselves: ASCII without character references and NUL. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it tests for ASCII
const PLAIN = /^[\x01-%'-\x7f]*$/;
/** Must be larger than the largest number in `ATTRIBUTE`, and at most the size of a `BitSet`. */
const SLOTS = 32;
/** Longer values are cut. They are not URLs, and decoding one would block for too long. */
const MAX_CHARACTERS = 262_144;

/** The positions of the attribute values of one tag. A string is created only for values that are asked for. */
export class AttributeValues {
  readonly #markup: MarkupText;
  readonly #xml: boolean;
  readonly #start = new Array<number>(SLOTS).fill(0);
  readonly #end = new Array<number>(SLOTS).fill(0);
  /** The tag to which each position belongs. */
  readonly #tag = new Array<number>(SLOTS).fill(-1);
  #current = -1;

  constructor(markup: MarkupText, xml: boolean) {
    this.#markup = markup;
    this.#xml = xml;
  }

  /** @param position of the tag, which identifies it */
  beginTag(position: number): void {
    this.#current = position;
  }

  /**
   * Records the value of an attribute. False if the tag already has the attribute: of several with one name, the first
   * counts.
   */
  record(attribute: number, start: number, end: number): boolean {
    if (this.#tag[attribute] === this.#current) return false;
    this.#tag[attribute] = this.#current;
    this.#start[attribute] = start;
    this.#end[attribute] = end;
    return true;
  }

  has(attribute: number): boolean {
    return this.#tag[attribute] === this.#current;
  }

  /** The decoded value. Undefined if the tag does not have the attribute. */
  value(attribute: number): string | undefined {
    if (this.#tag[attribute] !== this.#current) return undefined;
    const start = this.#start[attribute] as number;
    const end = Math.min(this.#end[attribute] as number, start + MAX_CHARACTERS);
    const raw = this.#markup.text.slice(start, end);
    if (PLAIN.test(raw)) return raw;
    const value = decodedPart(this.#markup, raw);
    if (this.#xml) return value.includes('&') ? decodeText(value) : value;
    // HTML Standard, "attribute value state": a NUL is replaced.
    const whole = value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value;
    return whole.includes('&') ? decodeAttribute(whole) : whole;
  }
}
