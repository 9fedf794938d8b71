import { type Chain, homeOf } from '../../../model/chain.ts';
import type { Entry } from '../../../model/entry.ts';
import type { RequestSpec } from '../../../model/request-spec.ts';

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
  hostNamed?: 1 | null,
  external?: 1 | null,
  root?: string | null,
  spentMs?: number | null,
  chain?: Chain | null,
  linkedPrivately?: 1 | null,
];

/** An entry as it waits in Redis: a JSON array without its key and origin, which stand beside it, and without what has its usual value at the end. That it is a revisit its key says. */
export function packEntry(entry: Entry): string {
  const packed: Packed = [entry.url.slice(homeOf(entry).length), entry.acceptedAtMs, entry.line ?? null];
  return JSON.stringify(withoutUsual(packed, [entry.attempts, entry.deferrals, entry.depth, ...detailsOf(entry)]));
}

/** What most links of a page have in common: `packEntry` would pack one as `[PATH + head + depth + tail`. */
export function packLink(entry: Entry): { head: string; tail: string } {
  const { acceptedAtMs, line, attempts, deferrals } = entry;
  const details = withoutUsual([], detailsOf(entry));
  return {
    head: `,${acceptedAtMs},${line ?? null},${attempts},${deferrals},`,
    tail: details.length === 0 ? ']' : `,${JSON.stringify(details).slice(1)}`,
  };
}

/** The PATH of a link. */
export function packPath({ url, origin }: Entry): string {
  return JSON.stringify(url.slice(origin.length));
}

/** True if two links surely have all but the path in common. Compared field by field: making the text of each would cost three times as much. */
export function differInPathOnly(a: Entry, b: Entry): boolean {
  const isSameWay = a.origin === b.origin && a.depth === b.depth && a.referrer === b.referrer && a.root === b.root;
  const isSameKind =
    a.hostNamed === b.hostNamed &&
    a.external === b.external &&
    a.linkedPrivately === b.linkedPrivately &&
    a.request === b.request &&
    a.identity === b.identity;
  const isSamePlace = a.line === b.line && a.source === b.source && a.input === b.input;
  return (
    isSameWay && isSameKind && isSamePlace && a.acceptedAtMs === b.acceptedAtMs && a.attempts === b.attempts && a.deferrals === b.deferrals
  );
}

function detailsOf({
  input,
  source,
  referrer,
  identity,
  request,
  hostNamed,
  external,
  root,
  spentMs,
  chain,
  linkedPrivately,
}: Entry): unknown[] {
  const words = [input ?? null, source ?? null, referrer ?? null, identity ?? null];
  const marks = [hostNamed ? 1 : null, external ? 1 : null];
  return [...words, request ?? null, ...marks, root ?? null, spentMs ?? 0, chain ?? null, linkedPrivately ? 1 : null];
}

function withoutUsual(first: readonly unknown[], rest: unknown[]): unknown[] {
  while (rest.length > 0 && !rest.at(-1)) rest.pop();
  return [...first, ...rest];
}

/** The entry that `packEntry` packed. */
export function unpackEntry(key: string, origin: string, packed: string): Entry {
  const [path, acceptedAtMs, line, attempts = 0, deferrals = 0, depth = 0, ...details] = JSON.parse(packed) as Packed;
  const [input, source, referrer, identity, request, hostNamed, external, root, spentMs, chain, linkedPrivately] = details;
  const entry: Entry = { key, url: (chain?.home ?? origin) + path, origin, depth, attempts, deferrals, acceptedAtMs };
  if (line != null) entry.line = line;
  if (input != null) entry.input = input;
  if (source != null) entry.source = source;
  if (referrer != null) entry.referrer = referrer;
  if (identity != null) entry.identity = identity;
  if (request != null) entry.request = request;
  if (hostNamed != null) entry.hostNamed = true;
  if (external != null) entry.external = true;
  if (root != null) entry.root = root;
  if (spentMs) entry.spentMs = spentMs;
  if (chain != null) entry.chain = chain;
  if (linkedPrivately != null) entry.linkedPrivately = true;
  if (key.startsWith('r')) entry.revisit = true;
  return entry;
}
