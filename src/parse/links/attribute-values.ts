import { decodeAttribute, decodeText } from './character-references.ts';
import { decodedPart, type MarkupText } from './markup-text.ts';

/** More than there are numbers of attributes. */
const NUMBERS = 32;
/** What an attribute holds beyond this is left: it is no URL, and to decode it would take its time at once. */
const MOST_CHARACTERS = 262_144;

/** Where the values of the attributes of one tag stand, so that a string is made only of those that are asked for. */
export class AttributeValues {
  readonly #markup: MarkupText;
  readonly #xml: boolean;
  readonly #start = new Array<number>(NUMBERS).fill(0);
  readonly #end = new Array<number>(NUMBERS).fill(0);
  /** Which tag each of them is of. */
  readonly #tag = new Array<number>(NUMBERS).fill(-1);
  #current = -1;

  constructor(markup: MarkupText, xml: boolean) {
    this.#markup = markup;
    this.#xml = xml;
  }

  /** @param position of the tag, which tells it from others */
  beginTag(position: number): void {
    this.#current = position;
  }

  /** False if the tag has it already: of several with one name, the first counts. */
  keep(attribute: number, start: number, end: number): boolean {
    if (this.#tag[attribute] === this.#current) return false;
    this.#tag[attribute] = this.#current;
    this.#start[attribute] = start;
    this.#end[attribute] = end;
    return true;
  }

  has(attribute: number): boolean {
    return this.#tag[attribute] === this.#current;
  }

  /** The value, decoded; undefined if the tag does not have it. */
  value(attribute: number): string | undefined {
    if (this.#tag[attribute] !== this.#current) return undefined;
    const start = this.#start[attribute] as number;
    const end = Math.min(this.#end[attribute] as number, start + MOST_CHARACTERS);
    const value = decodedPart(this.#markup, this.#markup.text.slice(start, end));
    if (this.#xml) return value.includes('&') ? decodeText(value) : value;
    // HTML Standard, "attribute value state": a NUL is replaced.
    const whole = value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value;
    return whole.includes('&') ? decodeAttribute(whole) : whole;
  }
}
