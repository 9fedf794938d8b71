import { type Entry, homeOf } from '../../../model/entry.ts';
import { pageKey } from '../../rules/revisit.ts';

/** Fields that are packed in each entry, but for those at the end that are 0. */
const FIRST_FIELDS = ['path', 'acceptedAtMs', 'line', 'attempts', 'deferrals', 'depth'] as const;

type ElsewhereField = 'key' | 'url' | 'origin' | 'acceptedAtMs' | 'line' | 'attempts' | 'deferrals' | 'depth' | 'revisit';
type DetailField = Exclude<keyof Entry, ElsewhereField>;

/** Fields that most entries do not have. The order must stay: a run may have been begun by another version. `satisfies` makes a field that is missing here an error of the type check. */
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

/** The fields of a packed entry in their order. Scripts get the positions as constants (scripts/constants.ts). */
export const PACKED_FIELDS: readonly string[] = [...FIRST_FIELDS, ...DETAIL_FIELDS];

/** Details that are packed as 1. */
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
 * An entry as it waits in Redis: a JSON array of its fields, without those at the end that are absent or 0. Its key and origin are stored beside it. The key also tells that it is a revisit, and the path is
 * its URL without the origin.
 */
export function packEntry(entry: Entry): string {
  const first = [entry.url.slice(homeOf(entry).length), entry.acceptedAtMs, entry.line ?? null];
  return JSON.stringify(withoutUsual(first, [entry.attempts, entry.deferrals, entry.depth, ...detailsOf(entry)]));
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

function detailsOf(entry: Entry): unknown[] {
  return DETAIL_FIELDS.map((field) => (FLAGS.has(field) && entry[field] ? 1 : (entry[field] ?? null)));
}

function withoutUsual(first: readonly unknown[], rest: unknown[]): unknown[] {
  while (rest.length > 0 && !rest.at(-1)) rest.pop();
  return [...first, ...rest];
}

/** The entry that `packEntry` packed. */
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

/** Links of a page on their way to the settle script, or a part of them. */
export interface PageLinks {
  entries: readonly Entry[];
  leftOut: Readonly<Record<string, number>>;
  /** More come, and the page's entry stays held. */
  isPart?: true;
  /** Of the last part: the depth of the page from which the earlier ones were pushed. */
  partsDepth?: number;
}

/** The links of a page as one text, as `scripts/links.lua` reads it. */
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
