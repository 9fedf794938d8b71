/**
 * A piece of XML. Names are in lower case and without their prefix. Attributes are not parsed yet; see
 * `xmlAttributes`.
 */
export type XmlEvent =
  | { kind: 'open'; prefix: string; name: string; attributes: string; isEmpty: boolean }
  | { kind: 'close'; prefix: string; name: string }
  /** Character data as written, with its entities not replaced. An entity is never split between two events. */
  | { kind: 'text'; text: string }
  /** The contents of a CDATA section, in which there are no entities. */
  | { kind: 'cdata'; text: string };

type Mode = 'content' | 'comment' | 'cdata' | 'declaration' | 'subset';

/** If no `>` comes within this length, the `<` is text. */
const MAX_TAG_CHARS = 64 * 1024;
const MAX_ENTITY_CHARS = 40;
const LONGEST_OPENING = '<![CDATA['.length;

/**
 * Splits XML into tags and text while it is received. It does not validate and builds no tree, so broken XML does not
 * stop it. It buffers at most one tag: comments, declarations and text are processed in pieces. Takes time linear in
 * the length.
 *
 * Declarations in a DTD are ignored, so entities have no values: none can expand or name a file.
 *
 * Why not a library: htmlparser2 buffers an unterminated comment, and its stack of open elements takes time quadratic
 * in their depth. saxes buffers both.
 */
export class XmlScanner {
  #mode: Mode = 'content';
  #pending = '';
  #hasSubset = false;

  /** True once a DTD with declarations has been read. Unknown entities may then be defined there. */
  get hasSubset(): boolean {
    return this.#hasSubset;
  }

  /** True if the last piece ended within an end tag. */
  get isInEndTag(): boolean {
    return this.#mode === 'content' && this.#pending.startsWith('</');
  }

  /** Scans the next piece. An event that may continue in the following piece is held back. */
  scan(piece: string): XmlEvent[] {
    const text = this.#pending + piece;
    const events: XmlEvent[] = [];
    let at = 0;
    for (;;) {
      const next = this.#step(text, at, events);
      if (next === undefined) break;
      at = next;
    }
    return events;
  }

  /** Scans one construct at `at`. Returns the position after it, or undefined if the text ends first. */
  #step(text: string, at: number, events: XmlEvent[]): number | undefined {
    switch (this.#mode) {
      case 'content':
        return this.#content(text, at, events);
      case 'comment':
        return this.#through('-->', text, at);
      case 'cdata': {
        const end = text.indexOf(']]>', at);
        const upTo = end === -1 ? Math.max(text.length - 2, at) : end;
        if (upTo > at) events.push({ kind: 'cdata', text: text.slice(at, upTo) });
        if (end === -1) return this.#keep(text, upTo);
        this.#mode = 'content';
        return end + 3;
      }
      case 'declaration': {
        const next = firstOf(/[[>]/g, text, at);
        if (next === -1) return this.#keep(text, text.length);
        this.#hasSubset ||= text[next] === '[';
        this.#mode = text[next] === '[' ? 'subset' : 'content';
        return next + 1;
      }
      case 'subset': {
        const close = text.indexOf(']', at);
        if (close === -1) return this.#keep(text, text.length);
        this.#mode = 'declaration';
        return close + 1;
      }
    }
  }

  #content(text: string, at: number, events: XmlEvent[]): number | undefined {
    const open = text.indexOf('<', at);
    if (open === -1) {
      const upTo = endOfCompleteEntities(text, at);
      if (upTo > at) events.push({ kind: 'text', text: text.slice(at, upTo) });
      return this.#keep(text, upTo);
    }
    if (open > at) events.push({ kind: 'text', text: text.slice(at, open) });
    if (text.length - open < LONGEST_OPENING && couldBecomeSection(text.slice(open))) return this.#keep(text, open);
    if (text.startsWith('<!--', open)) return this.#enter('comment', open + 4);
    if (text.startsWith('<![CDATA[', open)) return this.#enter('cdata', open + LONGEST_OPENING);
    if (text.startsWith('<!', open)) return this.#enter('declaration', open + 2);
    const end = tagEnd(text, open + 1);
    if (end === undefined) return text.length - open > MAX_TAG_CHARS ? open + 1 : this.#keep(text, open);
    if (text[end] === '<') return end;
    const event = text[open + 1] === '?' ? undefined : tagEvent(text.slice(open + 1, end));
    if (event !== undefined) events.push(event);
    return end + 1;
  }

  #enter(mode: Mode, at: number): number {
    this.#mode = mode;
    return at;
  }

  #through(end: string, text: string, at: number): number | undefined {
    const found = text.indexOf(end, at);
    if (found === -1) return this.#keep(text, Math.max(text.length - end.length + 1, at));
    this.#mode = 'content';
    return found + end.length;
  }

  #keep(text: string, from: number): undefined {
    this.#pending = text.slice(from);
  }
}

function firstOf(chars: RegExp, text: string, from: number): number {
  chars.lastIndex = from;
  return chars.exec(text)?.index ?? -1;
}

/** True for `<!-` or `<![CDA`, when it is not clear yet what begins. */
function couldBecomeSection(start: string): boolean {
  return '<![CDATA['.startsWith(start) || '<!--'.startsWith(start);
}

/** The end of the text that can be emitted: before an entity that may continue. */
function endOfCompleteEntities(text: string, at: number): number {
  const entity = text.lastIndexOf('&');
  const isOpen = entity >= at && text.length - entity < MAX_ENTITY_CHARS && !text.includes(';', entity);
  return isOpen ? entity : text.length;
}

/** The end of the tag: its `>`, or the `<` of the next tag if `>` is missing. A quote that is not closed is ignored. */
function tagEnd(text: string, from: number): number | undefined {
  let quote = '';
  let quoted: number | undefined;
  for (let at = from; at < text.length; at++) {
    const char = text[at] as string;
    if (char === '<') return quoted ?? at;
    if (quote !== '') {
      if (char === quote) [quote, quoted] = ['', undefined];
      else if (char === '>') quoted ??= at;
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '>') return at;
  }
  return undefined;
}

function tagEvent(inside: string): XmlEvent | undefined {
  const isClose = inside.startsWith('/');
  const [, prefix = '', name, attributes = ''] = /^(?:([^\s/:]+):)?([^\s/:]+)(.*)$/s.exec(isClose ? inside.slice(1) : inside) ?? [];
  if (name === undefined) return undefined;
  const names = { prefix: prefix.toLowerCase(), name: name.toLowerCase() };
  return isClose ? { kind: 'close', ...names } : { kind: 'open', ...names, attributes, isEmpty: inside.endsWith('/') };
}
