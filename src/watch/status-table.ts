import { shownMs, shownNumber, shownShare } from '../report/shown-figures.ts';
import { columnsOf, cutInMiddle, padToColumns, visible } from '../report/shown-text.ts';
import type { Check } from './check.ts';
import { type Paint, plain } from './paint.ts';
import type { Watched } from './watched.ts';

/** The terminal on which the table is drawn. */
interface TableTerminal {
  columns: number;
  rows: number;
  paint: Paint;
}

/** Columns after the service. On a narrow terminal, those with the highest rank are dropped first. */
const COLUMNS = [
  { head: 'State', rank: 0 },
  { head: 'For', rank: 3 },
  { head: 'Last', rank: 2 },
  { head: 'Latency', rank: 1 },
  { head: 'Uptime', rank: 4 },
  { head: 'Checks', rank: 5 },
] as const;
type Head = (typeof COLUMNS)[number]['head'];

const GAP = '  ';
/** Columns are dropped before a URL gets fewer columns than this. */
const MIN_URL_COLUMNS = 20;
/** Used for terminals that report 0 columns or rows. */
const ASSUMED_COLUMNS = 80;
const ASSUMED_ROWS = 24;

/** The text of a cell, and the same text with colours, which takes the same number of columns. */
interface Cell {
  text: string;
  painted?: string;
}

/**
 * The table of services: state, time in that state, last result, latency, share of checks that found it up, and the
 * last checks.
 *
 * On a terminal, the table is at most one column narrower than the terminal (some wrap after the last column) and one
 * row lower. If there is no room for all services, those that are not up come first. The text has no line end at its
 * end.
 */
export function statusTable(all: readonly Watched[], nowMs: number, terminal?: TableTerminal): string {
  const { paint } = terminal ?? { paint: plain };
  const room = terminal === undefined ? Number.POSITIVE_INFINITY : (terminal.rows || ASSUMED_ROWS) - 3;
  const shown = all.length <= room ? all : worstFirst(all).slice(0, Math.max(1, room));
  const rows = shown.map((watched) => ({ url: visible(watched.service.shownUrl), cells: cellsOf(watched, nowMs, paint) }));
  const layout = layOut(rows, terminal?.columns);
  const heads = layout.heads.map((head) => padToColumns(head, layout.widths[head]));
  const lines = rows.map(({ url, cells }) =>
    [
      padToColumns(cutInMiddle(url, layout.url), layout.url),
      ...layout.heads.map((head) => printCell(cells[head], layout.widths[head])),
    ].join(GAP),
  );
  const omitted = all.length - shown.length;
  const more = omitted === 0 ? [] : [`and ${shownNumber(omitted)} more`.slice(0, layout.url)];
  return [[padToColumns('Service', layout.url), ...heads].join(GAP), ...lines, ...more].map((line) => line.trimEnd()).join('\n');
}

function worstFirst(all: readonly Watched[]): readonly Watched[] {
  const order = ['down', 'slow', 'unknown', 'up'];
  return [...all].sort((a, b) => order.indexOf(a.state.state) - order.indexOf(b.state.state));
}

function cellsOf({ service, state, checks, answered, last }: Watched, nowMs: number, paint: Paint): Record<Head, Cell> {
  const newest = last.at(-1);
  const latencyMs = newest?.latencyMs;
  return {
    State: { text: state.state, painted: paint(state.state, state.state) },
    For: { text: checks === 0 ? '-' : shownMs(Math.max(0, nowMs - state.sinceMs)) },
    Last: { text: newest?.word ?? '-' },
    Latency: { text: latencyMs === undefined ? '-' : shownMs(latencyMs) },
    Uptime: { text: checks === 0 ? '-' : shownShare(answered, checks) },
    Checks: { text: checkBar(last, service.latencyMs, plain), painted: checkBar(last, service.latencyMs, paint) },
  };
}

interface Layout {
  url: number;
  heads: Head[];
  widths: Record<Head, number>;
}

function layOut(rows: readonly { url: string; cells: Record<Head, Cell> }[], columns?: number): Layout {
  const widest = (head: Head) => Math.max(head.length, ...rows.map(({ cells }) => columnsOf(cells[head].text)));
  const widths = Object.fromEntries(COLUMNS.map(({ head }) => [head, widest(head)])) as Record<Head, number>;
  const url = Math.max('Service'.length, ...rows.map((row) => columnsOf(row.url)));
  if (columns === undefined) return { url, heads: COLUMNS.map(({ head }) => head), widths };
  const room = (columns || ASSUMED_COLUMNS) - 1;
  const kept = [...COLUMNS];
  const taken = () => kept.reduce((sum, { head }) => sum + GAP.length + widths[head], 0);
  while (kept.length > 1 && room - taken() < Math.min(url, MIN_URL_COLUMNS)) {
    kept.splice(kept.indexOf(kept.reduce((a, b) => (b.rank > a.rank ? b : a))), 1);
  }
  return { url: Math.max(1, Math.min(url, room - taken())), heads: kept.map(({ head }) => head), widths };
}

function printCell({ text, painted = text }: Cell, width: number): string {
  return painted + ' '.repeat(Math.max(0, width - columnsOf(text)));
}

const LEVELS = '▁▂▃▄▅▆▇█';
const DOWN = '✗';

/**
 * One character for each check, newest last: a bar for its latency, relative to the limit or to the longest latency,
 * whichever is more; `✗` if the service was down.
 */
function checkBar(checks: readonly Check[], limitMs: number | undefined, paint: Paint): string {
  const maxMs = Math.max(limitMs ?? 0, 1, ...checks.flatMap(({ found, latencyMs }) => (found === 'down' ? [] : [latencyMs ?? 0])));
  return checks
    .map(({ found, latencyMs = 0 }) => {
      const level = LEVELS[Math.min(LEVELS.length - 1, Math.floor((latencyMs / maxMs) * LEVELS.length))] ?? '';
      return found === 'up' ? level : paint(found, found === 'down' ? DOWN : level);
    })
    .join('');
}
