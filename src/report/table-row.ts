import type { PlainRow } from '../model/lines/plain-line.ts';
import { resultWord } from './row-words.ts';
import { columnsOf, visible } from './shown-text.ts';

/** What the table shows of an outcome. */
export interface TableRow {
  url: string;
  status: string;
  size: string;
  latency: string;
}

export const TABLE_HEADER: TableRow = { url: 'URL', status: 'Status', size: 'Size', latency: 'Latency' };

/** The four cells of an outcome, uncut, safe to print. */
export function tableRow(outcome: PlainRow): TableRow {
  const { sizeBytes, latencyMs } = outcome;
  return {
    url: visible(outcome.url),
    status: resultWord(outcome),
    size: sizeBytes === undefined ? '-' : `${sizeBytes}B`,
    latency: latencyMs === undefined ? '-' : `${Math.round(latencyMs)}ms`,
  };
}

/** Columns that the widest cell of each column takes. */
export interface TableWidths {
  url: number;
  status: number;
  size: number;
  latency: number;
}

/** Widths that hold the header; `widen` makes them hold rows. */
export function headerWidths(): TableWidths {
  return { url: 0, status: TABLE_HEADER.status.length, size: TABLE_HEADER.size.length, latency: TABLE_HEADER.latency.length };
}

/** Makes the widths hold one more row. URLs over `longestUrl` columns do not count. */
export function widen(widths: TableWidths, row: TableRow, longestUrl: number): void {
  const url = columnsOf(row.url);
  if (url <= longestUrl) widths.url = Math.max(widths.url, url);
  widths.status = Math.max(widths.status, row.status.length);
  widths.size = Math.max(widths.size, row.size.length);
  widths.latency = Math.max(widths.latency, row.latency.length);
}
