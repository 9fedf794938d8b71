import { type Entry, homeOf } from '../../../model/entry.ts';
import { pageKey } from '../../rules/revisit.ts';

/** Fields of each packed entry. Zeros at the end are omitted. */
const FIRST_FIELDS = ['path', 'acceptedAtMs', 'line', 'attempts', 'deferrals', 'depth'] as const;

type ElsewhereField = 'key' | 'url' | 'origin' | 'acceptedAtMs' | 'line' | 'attempts' | 'deferrals' | 'depth' | 'revisit';
type DetailField = Exclude<keyof Entry, ElsewhereField>;

/**
 * Fields that most entries do not have. Keep the order: another version may have begun the run. `satisfies` turns a
 * missing field into a type error.
 */
const DETAIL_FIELDS = Object.keys({
  input: true,
  source: true,
  referrer: true,
  identity: true,
  request: true,
  hostNamed: true,
  external: true,
  root: true,
  spentMs: true,
  chain: true,
  linkedPrivately: true,
} satisfies Record<DetailField, true>) as DetailField[];

/** The fields of a packed entry, in order. Scripts get the positions as constants (scripts/constants.ts). */
export const PACKED_FIELDS: readonly string[] = [...FIRST_FIELDS, ...DETAIL_FIELDS];

/** Fields that are packed as 1. */
const FLAGS: ReadonlySet<DetailField> = new Set(['hostNamed', 'external', 'linkedPrivately']);

type Packed = [
  path: string,
  acceptedAtMs: number,
  line?: number | null,
  attempts?: number,
  deferrals?: number,
  depth?: number,
  ...details: Array<NonNullable<Entry[DetailField]> | 1 | null>,
];

/**
 * Packs an entry for Redis: a JSON array of its fields, without absent or 0 fields at the end. Key and origin are stored
 * beside it. The key shows whether it is a revisit. The path is the URL without the origin.
 */
export function packEntry(entry: Entry): string {
  const first = `[${JSON.stringify(entry.url.slice(homeOf(entry).length))},${entry.acceptedAtMs},${entry.line ?? null}`;
  if (isPlainSeed(entry)) return `${first}]`;
  const rest = withoutUsual([entry.attempts, entry.deferrals, entry.depth, ...detailsOf(entry)]);
  return rest.length === 0 ? `${first}]` : `${first},${JSON.stringify(rest).slice(1)}`;
}

/** True for an entry as most lists have them, which needs no array of fields. */
function isPlainSeed(entry: Entry): boolean {
  if (entry.attempts !== 0 || entry.deferrals !== 0 || entry.depth !== 0) return false;
  return DETAIL_FIELDS.every((field) => entry[field] === undefined);
}

/** What most links of a page have in common. `packEntry` would pack such a link as `[PATH + head + depth + tail`. */
export function packLink(entry: Entry): { head: string; tail: string } {
  const { acceptedAtMs, line, attempts, deferrals } = entry;
  const details = withoutUsual(detailsOf(entry));
  return {
    head: `,${acceptedAtMs},${line ?? null},${attempts},${deferrals},`,
    tail: details.length === 0 ? ']' : `,${JSON.stringify(details).slice(1)}`,
  };
}

/** The PATH of a link. */
export function packPath({ url, origin }: Entry): string {
  return JSON.stringify(url.slice(origin.length));
}

/** True if two links have all fields but the path in common. Comparing fields costs a third of comparing packed texts. */
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

function detailsOf(entry: Entry): unknown[] {
  return DETAIL_FIELDS.map((field) => (FLAGS.has(field) && entry[field] ? 1 : (entry[field] ?? null)));
}

function withoutUsual(fields: unknown[]): unknown[] {
  while (fields.length > 0 && !fields.at(-1)) fields.pop();
  return fields;
}

/** Reverses `packEntry`. */
export function unpackEntry(key: string, origin: string, packed: string): Entry {
  const [path, acceptedAtMs, line, attempts = 0, deferrals = 0, depth = 0, ...details] = JSON.parse(packed) as Packed;
  const entry: Entry = { key, url: '', origin, depth, attempts, deferrals, acceptedAtMs };
  if (line != null) entry.line = line;
  for (const [index, value] of details.entries()) {
    const field = DETAIL_FIELDS[index] as DetailField;
    if (value != null && value !== 0) Object.assign(entry, { [field]: FLAGS.has(field) ? true : value });
  }
  entry.url = homeOf(entry) + path;
  if (key.startsWith('r')) entry.revisit = true;
  return entry;
}

/** Links of a page, or a part of them, for the settle script. */
export interface PageLinks {
  entries: readonly Entry[];
  leftOut: Readonly<Record<string, number>>;
  /** More parts will follow, and the page's entry stays in flight. */
  isPart?: true;
  /** For the last part: the depth of the page with which the earlier parts were pushed. */
  partsDepth?: number;
}

/** Packs the links of a page as one text, which `scripts/links.lua` reads. */
export function packLinks(page: Entry, { entries, leftOut, isPart, partsDepth }: PageLinks): string {
  let text = `${pageKey(page)} ${page.depth} ${isPart ? 'part' : 'last'} ${partsDepth ?? ''}`;
  for (const reason of Object.keys(leftOut)) text += ` ${reason} ${leftOut[reason]}`;
  let before: Entry | undefined;
  for (const link of entries) {
    if (before === undefined || !differInPathOnly(before, link)) {
      const { head, tail } = packLink(link);
      text += `\n${link.external ? 'x' : 'o'}${link.origin}\t${link.depth}\t${head}\t${tail}`;
      before = link;
    }
    text += `\n${link.key} ${packPath(link)}`;
  }
  return text;
}
