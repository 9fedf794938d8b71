import { ENTRY_FIELDS, type Entry } from '../../model/entry.ts';

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

/** True if two plain entries surely have the same context. */
export function haveSameContext(a: Entry, b: Entry): boolean {
  for (const field of PLAIN_FIELDS) if (a[field] !== b[field]) return false;
  return true;
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
