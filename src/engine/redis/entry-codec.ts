import type { Entry } from '../../core/entry.ts';
import type { RequestSpec } from '../../core/request-spec.ts';

type Packed = [
  path: string,
  acceptedAtMs: number,
  line?: number | null,
  attempts?: number,
  deferrals?: number,
  depth?: number,
  input?: string | null,
  source?: string | null,
  referrer?: string | null,
  identity?: 'line' | null,
  request?: RequestSpec | null,
];

/** An entry as it waits in Redis: a JSON array without its key and origin, which stand beside it, and without what has its usual value at the end. */
export function packEntry(entry: Entry): string {
  const packed: Packed = [entry.url.slice(entry.origin.length), entry.acceptedAtMs, entry.line ?? null];
  const { attempts, deferrals, depth, input, source, referrer, identity, request } = entry;
  const rest = [attempts, deferrals, depth, input ?? null, source ?? null, referrer ?? null, identity ?? null, request ?? null];
  while (rest.length > 0 && !rest.at(-1)) rest.pop();
  return JSON.stringify([...packed, ...rest]);
}

/** The entry that `packEntry` packed. */
export function unpackEntry(key: string, origin: string, packed: string): Entry {
  const [path, acceptedAtMs, line, attempts = 0, deferrals = 0, depth = 0, input, source, referrer, identity, request] = JSON.parse(
    packed,
  ) as Packed;
  const entry: Entry = { key, url: origin + path, origin, depth, attempts, deferrals, acceptedAtMs };
  if (line != null) entry.line = line;
  if (input != null) entry.input = input;
  if (source != null) entry.source = source;
  if (referrer != null) entry.referrer = referrer;
  if (identity != null) entry.identity = identity;
  if (request != null) entry.request = request;
  return entry;
}
