/** A piece of XML. Names are without their prefix and in lower case; attributes stand as they are written (`xmlAttributes`). */
export type XmlEvent =
  | { kind: 'open'; prefix: string; name: string; attributes: string; isEmpty: boolean }
  | { kind: 'close'; prefix: string; name: string }
  /** Character data as it is written, its entities in it; an entity is never cut in two. */
  | { kind: 'text'; text: string }
  /** What a CDATA section holds: no entities. */
  | { kind: 'cdata'; text: string };

type Mode = 'content' | 'comment' | 'cdata' | 'declaration' | 'subset';

/** What is longer is no tag: the text goes on behind its `<`. */
const MAX_TAG_CHARS = 64 * 1024;
const MAX_ENTITY_CHARS = 40;
const LONGEST_OPENING = '<![CDATA['.length;

/**
 * Splits XML into tags and text while it comes. It checks nothing and builds no tree, so that what is broken does not stop it, and it holds no more than one tag: comments, declarations and text go
 * by in pieces. (htmlparser2 keeps what a comment without an end swallows, and its stack of open elements makes it quadratic in their depth; saxes keeps both too.) Of a DTD nothing is taken: its
 * entities have no values, so none can grow or name a file. Linear in the length.
 */
export class XmlScanner {
  #mode: Mode = 'content';
  #pending = '';
  #hasSubset = false;

  /** True once a DTD with declarations of its own has gone by: entities that XML does not have may be its. */
  get hasSubset(): boolean {
    return this.#hasSubset;
  }

  /** True where the last piece ended within an end tag. */
  get isInEndTag(): boolean {
    return this.#mode === 'content' && this.#pending.startsWith('</');
  }

  /** The events of the next piece. What may go on in the one after it is kept for that. */
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

  /** Takes one thing from `at` on, and says where the next begins; undefined if the text ends first. */
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
      const upTo = wholeEntities(text, at);
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

/** `<!-`, `<![CDA`: what has begun is not known yet. */
function couldBecomeSection(start: string): boolean {
  return '<![CDATA['.startsWith(start) || '<!--'.startsWith(start);
}

/** Where the text that can be given away ends: before an entity that may go on. */
function wholeEntities(text: string, at: number): number {
  const entity = text.lastIndexOf('&');
  const isOpen = entity >= at && text.length - entity < MAX_ENTITY_CHARS && !text.includes(';', entity);
  return isOpen ? entity : text.length;
}

/** Where the tag ends: at its `>`, or at the `<` of the next if it has none. A quote without its other end does not count. */
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
