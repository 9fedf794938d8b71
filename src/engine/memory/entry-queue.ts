import { ENTRY_FIELDS, type Entry } from '../../model/entry.ts';
import { flatText } from '../../util/flat-text.ts';
import type { Chunk, ChunkStore } from './chunk-store.ts';

/** Most characters that a text can share with the one before it: the number is written as two base-64 digits. */
const MAX_SHARED = 64 * 64 - 1;
/** After this many entries, the text is flattened: its parts take five times the memory. */
const FLATTENED_EVERY = 8;
const ZERO = 48;
const CONTEXT = '=';
const ENTRY = '-';

/**
 * A queue of entries, packed as lines of text:
 *
 *     =nnCONTEXT           what the following entries have in common, usually those of one page
 *     -nnURL KEY LINE      an entry
 *
 * `nn` is how many characters a context or a URL shares with the one before it; the line has the rest.
 *
 *     append ──► tail ──► chunks in the store ──► head ──► take
 */
export class EntryQueue {
  readonly #store: ChunkStore;
  #size = 0;
  #tail = '';
  #chunks: Chunk[] = [];
  #nextChunk = 0;
  #head = '';
  #at = 0;
  /** The last context and URL that were written, and those that were read. */
  #last: Entry | undefined;
  #lastUrl = '';
  #lastContext = '';
  #url = '';
  #origin = '';
  #contextText = '';
  #context: Partial<Context> = {};

  constructor(store: ChunkStore) {
    this.#store = store;
  }

  get size(): number {
    return this.#size;
  }

  append(entry: Entry): void {
    const { url, key, line } = entry;
    const plain = isPlain(entry);
    if (!plain || this.#last === undefined || !haveSameContext(this.#last, entry)) {
      const context = packContext(entry);
      this.#write(CONTEXT, this.#lastContext, context);
      this.#lastContext = context;
    }
    const shownUrl = plain ? url : '';
    this.#write(ENTRY, this.#lastUrl, shownUrl, line === undefined ? ` ${key}` : ` ${key} ${line}`);
    this.#lastUrl = shownUrl;
    this.#last = plain ? entry : undefined;
    this.#size++;
    if (this.#tail.length >= this.#store.chunkChars) {
      this.#chunks.push(this.#store.put(this.#tail));
      this.#tail = '';
    } else if (this.#size % FLATTENED_EVERY === 0) {
      // A concatenated text keeps its parts, and the texts that they were cut from, until it is flattened.
      this.#tail = flatText(this.#tail);
    }
  }

  take(): Entry | undefined {
    if (this.#size === 0) return undefined;
    this.#size--;
    for (;;) {
      if (this.#at === this.#head.length) this.#turnPage();
      const at = this.#at;
      const end = this.#head.indexOf('\n', at);
      this.#at = end + 1;
      const shared = (this.#head.charCodeAt(at + 1) - ZERO) * 64 + this.#head.charCodeAt(at + 2) - ZERO;
      if (this.#head[at] === ENTRY) return this.#unpack(shared, at + 3, end);
      this.#contextText = this.#contextText.slice(0, shared) + this.#head.slice(at + 3, end);
      this.#context = unpackContext(this.#contextText);
    }
  }

  #write(kind: string, before: string, text: string, rest = ''): void {
    const shared = sharedLength(before, text);
    this.#tail += `${kind}${String.fromCharCode(ZERO + (shared >> 6), ZERO + (shared & 63))}${text.slice(shared)}${rest}\n`;
  }

  #unpack(shared: number, at: number, end: number): Entry {
    const urlEnd = this.#head.indexOf(' ', at);
    const keyEnd = this.#head.indexOf(' ', urlEnd + 1);
    const hasLine = keyEnd !== -1 && keyEnd < end;
    const key = this.#head.slice(urlEnd + 1, hasLine ? keyEnd : end);
    this.#url = this.#url.slice(0, shared) + this.#head.slice(at, urlEnd);
    if (shared <= this.#origin.length) this.#origin = originOf(this.#url);
    const entry = { key, url: this.#url, origin: this.#origin, ...this.#context } as Entry;
    if (hasLine) entry.line = Number(this.#head.slice(keyEnd + 1, end));
    return entry;
  }

  #turnPage(): void {
    const chunk = this.#chunks[this.#nextChunk];
    this.#at = 0;
    if (chunk === undefined) {
      this.#head = this.#tail;
      this.#tail = '';
      return;
    }
    this.#head = this.#store.take(chunk);
    this.#nextChunk++;
    if (this.#nextChunk < 1_024 && this.#nextChunk < this.#chunks.length) return;
    this.#chunks = this.#chunks.slice(this.#nextChunk);
    this.#nextChunk = 0;
  }
}

/** The number of characters with which both begin. Does not split a surrogate pair, because UTF-8 cannot represent a half. */
function sharedLength(before: string, text: string): number {
  const most = Math.min(before.length, text.length, MAX_SHARED);
  let shared = 0;
  while (shared < most && before.charCodeAt(shared) === text.charCodeAt(shared)) shared++;
  return shared > 0 && (text.charCodeAt(shared - 1) & 0xfc00) === 0xd800 ? shared - 1 : shared;
}

/** The fields that entries found together have in common. `url` and `origin` are among them only if the entry is not plain. */
export type Context = Omit<Entry, 'key' | 'line'>;

/** The fields in the order of their text. Those that change most often come last, so that a context begins like the one before it. */
const FIELDS = ENTRY_FIELDS.filter((field): field is keyof Context => field !== 'key' && field !== 'line');

/** The context fields of a plain entry. Other entries have two more. */
const PLAIN_FIELDS = FIELDS.filter((field) => field !== 'url' && field !== 'origin');
const SLASH = 47;
/** The earliest position of the path in `https://HOST/`. */
const FIRST_PATH_AT = 8;

/** True if the URL is one line that begins with its origin. Others have credentials, or are local links, which may be any text. */
export function isPlain({ url, origin }: Entry): boolean {
  return url.charCodeAt(origin.length) === SLASH && url.startsWith('http') && url.startsWith(origin);
}

/** The origin of a plain entry's URL. */
export function originOf(url: string): string {
  return url.slice(0, url.indexOf('/', FIRST_PATH_AT));
}

/**
 * True if two plain entries certainly have the same context. False may be wrong. The fields are written out, because a loop over their names
 * takes several times as long.
 */
export function haveSameContext(a: Entry, b: Entry): boolean {
  return (
    a.acceptedAtMs === b.acceptedAtMs &&
    a.referrer === b.referrer &&
    a.depth === b.depth &&
    a.attempts === b.attempts &&
    a.deferrals === b.deferrals &&
    a.identity === b.identity &&
    a.revisit === b.revisit &&
    a.external === b.external &&
    a.hostNamed === b.hostNamed &&
    a.linkedPrivately === b.linkedPrivately &&
    a.source === b.source &&
    a.root === b.root &&
    a.request === b.request &&
    a.chain === b.chain &&
    a.spentMs === b.spentMs &&
    a.input === b.input
  );
}

/** The entry's context as one line of text. Times are rounded down to a millisecond. */
export function packContext(entry: Entry): string {
  const fields = isPlain(entry) ? PLAIN_FIELDS : FIELDS;
  return JSON.stringify(fields.map((field) => (field === 'acceptedAtMs' ? Math.round(entry.acceptedAtMs) : entry[field])));
}

/** Reverses `packContext`. */
export function unpackContext(text: string): Partial<Context> {
  const values = JSON.parse(text) as unknown[];
  const context: Record<string, unknown> = {};
  const fields = values.length === PLAIN_FIELDS.length ? PLAIN_FIELDS : FIELDS;
  for (const [index, field] of fields.entries()) if (values[index] !== null) context[field] = values[index];
  return context;
}
