import { ENTRY_FIELDS, type Entry } from '../../model/entry.ts';
import { flatText } from '../../util/flat-text.ts';
import type { Chunk, ChunkStore } from './chunk-store.ts';

/** Characters that a text may share with the one before it: two digits of base 64 say how many. */
const MOST_SHARED = 64 * 64 - 1;
/** Entries after which the text is made one string in memory: the parts take five times as much. */
const FLATTENED_EVERY = 8;
const ZERO = 48;
const CONTEXT = '=';
const ENTRY = '-';

/**
 * Entries in the order in which they came, packed as lines of text:
 *
 *     =nnCONTEXT           what the entries that follow have in common: those of one page, as a rule
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
  /** What was written last, and what was read last. */
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
      // A text that was added up keeps its parts, and what they were cut from, until it is read.
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

/** Characters with which both begin; no half of a surrogate pair, which would be lost as UTF-8. */
function sharedLength(before: string, text: string): number {
  const most = Math.min(before.length, text.length, MOST_SHARED);
  let shared = 0;
  while (shared < most && before.charCodeAt(shared) === text.charCodeAt(shared)) shared++;
  return shared > 0 && (text.charCodeAt(shared - 1) & 0xfc00) === 0xd800 ? shared - 1 : shared;
}

/** What entries that were found together have in common. `url` and `origin` belong to it only if the entry is not plain. */
export type Context = Omit<Entry, 'key' | 'line'>;

/** The fields in the order of their text. A context begins like the one before it, as those that change most often come last. */
const FIELDS = ENTRY_FIELDS.filter((field): field is keyof Context => field !== 'key' && field !== 'line');

/** Those of a plain entry. A context has two fields more if its entry is not plain. */
const PLAIN_FIELDS = FIELDS.filter((field) => field !== 'url' && field !== 'origin');
const SLASH = 47;
/** Where the path of `https://HOST/` begins at the earliest. */
const FIRST_PATH_AT = 8;

/** True if the URL is one line that begins with its origin. Otherwise it has credentials, or is that of a local link, which may be any text. */
export function isPlain({ url, origin }: Entry): boolean {
  return url.charCodeAt(origin.length) === SLASH && url.startsWith('http') && url.startsWith(origin);
}

/** The origin of a plain entry's URL. */
export function originOf(url: string): string {
  return url.slice(0, url.indexOf('/', FIRST_PATH_AT));
}

/** True if two plain entries surely have the same context. Written out, because a loop over the names of the fields takes several times as long. */
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

/** The entry's context as one line of text. Its time is kept to the millisecond. */
export function packContext(entry: Entry): string {
  const fields = isPlain(entry) ? PLAIN_FIELDS : FIELDS;
  return JSON.stringify(fields.map((field) => (field === 'acceptedAtMs' ? Math.round(entry.acceptedAtMs) : entry[field])));
}

/** What `packContext` packed. */
export function unpackContext(text: string): Partial<Context> {
  const values = JSON.parse(text) as unknown[];
  const context: Record<string, unknown> = {};
  const fields = values.length === PLAIN_FIELDS.length ? PLAIN_FIELDS : FIELDS;
  for (const [index, field] of fields.entries()) if (values[index] !== null) context[field] = values[index];
  return context;
}
