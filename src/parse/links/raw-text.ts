import { TAG } from './markup-names.ts';

const NAMES = new Map<number, string>([
  [TAG.script, 'script'],
  [TAG.style, 'style'],
  [TAG.textarea, 'textarea'],
  [TAG.title, 'title'],
  [TAG.xmp, 'xmp'],
  [TAG.noembed, 'noembed'],
  [TAG.noframes, 'noframes'],
  [TAG.iframe, 'iframe'],
  // Nothing ends a <plaintext>.
  [TAG.plaintext, ''],
]);

/**
 * Skips the content of elements that contain only text (HTML Standard, sections 13.2.5.2 to 13.2.5.31). `<noscript>`
 * contains markup, because scripting is off.
 */
export class RawText {
  readonly #text: string;
  /** The name of the open element. Undefined outside of one. */
  #name: string | undefined;
  /**
   * The state within a script: 0 normally, 1 after `<!--`, 2 after `<script` within that. Only in state 2 does
   * `</script>` not end the script.
   */
  #escaped = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isOpen(): boolean {
    return this.#name !== undefined;
  }

  /** Called after each start tag outside of SVG and MathML. */
  begin(tag: number): void {
    this.#name = NAMES.get(tag);
    this.#escaped = 0;
  }

  /** Skips text from `from`, up to `until` or slightly further. Returns the position that was reached. */
  skip(from: number, until: number): number {
    const name = this.#name;
    if (name === undefined || name === '') return name === undefined ? from : this.#text.length;
    let at = from;
    while (at < until && this.#name !== undefined) at = this.#escaped > 0 ? this.#skipEscaped(at) : this.#skipPlain(name, at);
    return at;
  }

  #skipPlain(name: string, at: number): number {
    const text = this.#text;
    const open = text.indexOf('<', at);
    if (open === -1) return text.length;
    const next = text.charCodeAt(open + 1);
    if (next === 0x21 && name === 'script' && text.startsWith('--', open + 2)) {
      this.#escaped = 1;
      // The dashes of <!-- can also belong to -->.
      return open + 2;
    }
    if (next !== 0x2f) return open + 1;
    if (!this.#isName(name, open + 2)) return open + 2;
    this.#name = undefined;
    return open;
  }

  #skipEscaped(from: number): number {
    const text = this.#text;
    for (let at = from; ; at++) {
      const code = text.charCodeAt(at);
      if (Number.isNaN(code)) return text.length;
      if (code === 0x2d && text.startsWith('-->', at)) {
        this.#escaped = 0;
        return at + 3;
      }
      if (code !== 0x3c) continue;
      if (text.charCodeAt(at + 1) !== 0x2f) {
        if (this.#isName('script', at + 1)) this.#escaped = 2;
      } else if (this.#isName('script', at + 2)) {
        if (this.#escaped === 1) this.#name = undefined;
        this.#escaped = 1;
        return this.#name === undefined ? at : at + 2;
      }
      // Return, so that a slice can end here.
      return at + 1;
    }
  }

  #isName(name: string, at: number): boolean {
    const end = at + name.length;
    return /^[\t\n\f\r />]$/.test(this.#text.charAt(end)) && this.#text.slice(at, end).toLowerCase() === name;
  }
}
