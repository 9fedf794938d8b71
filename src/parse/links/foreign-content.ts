import { BREAKOUT, BREAKOUT_AND_END, TAG } from './markup-names.ts';

/** Deeper than any real page. Elements that are nested deeper are treated like their parent. */
const MAX_DEPTH = 64;

/**
 * Tracks whether the parser is inside SVG or MathML, or inside HTML within those (HTML Standard, section 13.2.6.5). In
 * SVG and MathML, `<style>`, `<script>` and `<title>` contain markup, and `<![CDATA[` begins a CDATA section.
 */
export class ForeignContent {
  readonly #open: number[] = [];
  isInside = false;

  /** True inside SVG or MathML, and inside HTML within those. */
  get isOpen(): boolean {
    return this.#open.length > 0;
  }

  /** True if `<![CDATA[` begins a CDATA section here. That is also so in HTML whose parent element is not HTML. */
  get hasCharacterData(): boolean {
    return this.isInside || (this.#open.length > 0 && this.#open.at(-1) !== TAG.foreignobject);
  }

  begin(tag: number, isSelfClosing: boolean): void {
    if (this.isInside && endsForeign(tag)) {
      this.#leave(0);
      return;
    }
    const opens = tag === TAG.svg || tag === TAG.math || (holdsHtml(tag) && this.#open.at(-1) === TAG.svg);
    if (!opens || isSelfClosing || this.#open.length >= MAX_DEPTH) return;
    this.#open.push(tag);
    this.isInside = !holdsHtml(tag);
  }

  end(tag: number): void {
    if (this.isInside && tag === BREAKOUT_AND_END) this.#leave(0);
    if (this.#open.length === 0 || !(tag === TAG.svg || tag === TAG.math || holdsHtml(tag))) return;
    const at = this.#open.lastIndexOf(tag);
    if (at !== -1) this.#leave(at);
  }

  #leave(depth: number): void {
    this.#open.length = depth;
    this.isInside = depth > 0 && !holdsHtml(this.#open[depth - 1] as number);
  }
}

function holdsHtml(tag: number): boolean {
  return tag === TAG.foreignobject || tag === TAG.desc || tag === TAG.title;
}

function endsForeign(tag: number): boolean {
  return tag >= BREAKOUT || tag === TAG.body || tag === TAG.embed || tag === TAG.img || tag === TAG.meta || tag === TAG.table;
}
