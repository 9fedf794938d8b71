const SPACE = /[\t\n\f\r ]/;
/** The label in the value of `<meta content>`. A quote that is not closed gives no label. */
const CHARSET = /charset[\t\n\f\r ]*=[\t\n\f\r ]*(?:"([^"]*)"|'([^']*)'|([^"'\t\n\f\r ;][^\t\n\f\r ;]*))?/i;
const XML_DECLARATION = /^<\?xml[^>]*?encoding[\0-\x20]*=[\0-\x20]*(?:"([^"]*)"|'([^']*)')/;

/** The encoding that a label names, or undefined if it is not known. */
type NameEncoding = (label: string) => string | undefined;

/**
 * The encoding that the beginning of an HTML document declares: that of the first `<meta>` with a known label, or else
 * of an XML declaration (HTML Standard, "prescan a byte stream to determine its encoding"). Undefined if it declares
 * none that is known.
 *
 * @param head the first bytes, one per character
 */
export function htmlEncoding(head: string, nameOf: NameEncoding): string | undefined {
  if (head.startsWith('<\0?\0x\0')) return 'utf-16le';
  if (head.startsWith('\0<\0?\0x')) return 'utf-16be';
  const scan = new Prescan(head);
  for (let label = scan.nextLabel(); label !== undefined; label = scan.nextLabel()) {
    const encoding = /^\s*x-user-defined\s*$/.test(label) ? 'windows-1252' : nameOf(label);
    if (encoding !== undefined) return asciiCompatible(encoding);
  }
  return xmlEncoding(head, nameOf);
}

/** The encoding of an XML declaration. Undefined if there is none or it is not known. */
export function xmlEncoding(head: string, nameOf: NameEncoding): string | undefined {
  const [, quoted, single] = XML_DECLARATION.exec(head) ?? [];
  const encoding = nameOf(quoted ?? single ?? '');
  return encoding === undefined ? undefined : asciiCompatible(encoding);
}

/**
 * If the declaration could be read byte by byte, the document is not in UTF-16 or UTF-32, so such a declaration means
 * UTF-8.
 */
function asciiCompatible(encoding: string): string {
  return /^utf-(?:16|32)/.test(encoding) ? 'utf-8' : encoding;
}

/** Finds the labels of `<meta>` tags. Text in comments and in quoted values of other tags is skipped. */
class Prescan {
  readonly #head: string;
  #at = 0;

  constructor(head: string) {
    this.#head = head;
  }

  /** The label of the next `<meta>`, whether it is known or not. Undefined at the end. */
  nextLabel(): string | undefined {
    for (;;) {
      this.#at = this.#head.indexOf('<', this.#at);
      if (this.#at === -1) {
        this.#at = this.#head.length;
        return undefined;
      }
      if (this.#head.startsWith('<!--', this.#at)) this.#skipPast('-->', this.#at + 2);
      else if (/^<meta[\t\n\f\r /]/i.test(this.#head.slice(this.#at, this.#at + 6))) {
        this.#at += 5;
        const label = this.#metaLabel();
        if (label !== undefined) return label;
      } else if (/^<\/?[a-z]/i.test(this.#head.slice(this.#at, this.#at + 3))) {
        while (this.#at < this.#head.length && !/[\t\n\f\r >]/.test(this.#head[this.#at] as string)) this.#at++;
        while (this.#attribute() !== undefined);
      } else if (/[!/?]/.test(this.#head[this.#at + 1] ?? '')) this.#skipPast('>', this.#at);
      else this.#at++;
    }
  }

  #metaLabel(): string | undefined {
    const seenNames = new Set<string>();
    let isContentType = false;
    let label: string | undefined;
    let needsContentType = false;
    for (let attribute = this.#attribute(); attribute !== undefined; attribute = this.#attribute()) {
      const [name, value] = attribute;
      if (seenNames.has(name)) continue;
      seenNames.add(name);
      if (name === 'http-equiv') isContentType ||= value === 'content-type';
      else if (name === 'content') {
        const found = label === undefined ? charsetIn(value) : undefined;
        if (found !== undefined) [label, needsContentType] = [found, true];
      } else if (name === 'charset') [label, needsContentType] = [value, false];
    }
    return needsContentType && !isContentType ? undefined : label;
  }

  /**
   * The next attribute of the current tag, in lower case. Undefined at the end of the tag (HTML Standard, "get an
   * attribute").
   */
  #attribute(): [name: string, value: string] | undefined {
    const head = this.#head;
    while (this.#at < head.length && /[\t\n\f\r /]/.test(head[this.#at] as string)) this.#at++;
    if (this.#at >= head.length || head[this.#at] === '>') return undefined;
    const nameAt = this.#at;
    while (this.#at < head.length && !/[\t\n\f\r />]/.test(head[this.#at] as string) && (head[this.#at] !== '=' || this.#at === nameAt))
      this.#at++;
    const name = head.slice(nameAt, this.#at).toLowerCase();
    this.#skipSpace();
    if (head[this.#at] !== '=') return [name, ''];
    this.#at++;
    this.#skipSpace();
    const quote = head[this.#at];
    const valueAt = quote === '"' || quote === "'" ? this.#at + 1 : this.#at;
    let end = valueAt === this.#at ? valueAt : head.indexOf(quote as string, valueAt);
    if (valueAt === this.#at) while (end < head.length && !/[\t\n\f\r >]/.test(head[end] as string)) end++;
    else if (end === -1) end = head.length;
    this.#at = valueAt > this.#at ? end + 1 : end;
    return [name, head.slice(valueAt, end).toLowerCase()];
  }

  #skipSpace(): void {
    while (this.#at < this.#head.length && SPACE.test(this.#head[this.#at] as string)) this.#at++;
  }

  #skipPast(text: string, from: number): void {
    const at = this.#head.indexOf(text, from);
    this.#at = at === -1 ? this.#head.length : at + text.length;
  }
}

/** The label in a `content` attribute (HTML Standard, "extract a character encoding from a meta element"). */
function charsetIn(content: string): string | undefined {
  const [, quoted, single, plain] = CHARSET.exec(content) ?? [];
  return quoted ?? single ?? plain;
}
