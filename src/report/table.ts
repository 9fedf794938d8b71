import type { Outcome } from '../core/outcome.ts';
import type { PlainRow } from '../core/plain-line.ts';
import { type Verdict, verdictClass } from '../core/verdict.ts';
import { type Figures, Tally } from '../tally/tally.ts';
import { totalLine } from '../tally/total-line.ts';
import { atPlace, morePages, pagesOf, placesOf } from './found-on.ts';
import type { LinkFindings } from './link-findings.ts';
import { linkTables } from './link-tables.ts';
import { type Result, shownLines } from './result.ts';
import type { RowFormat } from './row-format.ts';
import { cutInMiddle, padToColumns, visible } from './shown-text.ts';
import { headerWidths, TABLE_HEADER, type TableRow, type TableWidths, tableRow, widen } from './table-row.ts';

/** Beyond it, a terminal gets the failures only. */
const MAX_TERMINAL_ROWS = 1_000;

const GAP = 2;
const INDENT = '  ';
/** Below a row. */
const MOST_PAGES = 100;
const LEAST_URL_COLUMN = 35;
const LEAST_COLUMN = 8;
/** On the narrowest terminal, so much of a URL is still shown. */
const LEAST_CUT_URL = 12;
/** Off a terminal: a longer URL stands uncut in a row of its own width, instead of widening every row. */
const LONGEST_ALIGNED_URL = 120;
/** Some terminals say that they have 0 columns. */
const ASSUMED_COLUMNS = 80;

/** What a first pass over the log finds out, for the table that a second pass prints. */
interface Measure {
  figures: Figures;
  widths: TableWidths;
  /** The same over the failures alone. */
  failedWidths: TableWidths;
}

/** Measures outcomes for their table: their figures, and how wide its columns must be. */
export class TableMeasure {
  readonly #tally = new Tally();
  readonly #widths = headerWidths();
  readonly #failedWidths = headerWidths();
  readonly #longestUrl: number;

  constructor(terminal?: { columns: number }) {
    this.#longestUrl = terminal === undefined ? LONGEST_ALIGNED_URL : Number.POSITIVE_INFINITY;
  }

  add(outcome: PlainRow): void {
    const row = tableRow(outcome);
    this.#tally.add(outcome);
    widen(this.#widths, row, this.#longestUrl);
    if (isFailure(outcome)) widen(this.#failedWidths, row, this.#longestUrl);
  }

  result(): Measure {
    return { figures: this.#tally.figures(), widths: this.#widths, failedWidths: this.#failedWidths };
  }
}

/** What the table says beside its rows. */
export interface TableExtras {
  findings?: LinkFindings;
  /** Lines behind the total. */
  notes?: readonly string[];
  /** What a reduce made of the run. */
  result?: Result;
}

/**
 * The table for people: URL, status (or verdict), decoded size and latency, below a failure the pages on which it was found, then what else there is to say of links, the total, and what a
 * reduce made of the run.
 *
 * Off a terminal it has every row, uncut. On one, URLs are cut in the middle to its width, and beyond 1,000 rows it has the failures only and says so.
 */
export function tableFormat(measure: Measure, terminal?: { columns: number }, extras: TableExtras = {}): RowFormat {
  const { figures } = measure;
  const { findings = {}, notes = [], result } = extras;
  const failuresOnly = terminal !== undefined && figures.rows > MAX_TERMINAL_ROWS;
  const layout = layOut(failuresOnly ? measure.failedWidths : measure.widths, terminal);
  const columns = terminal === undefined ? Number.POSITIVE_INFINITY : columnsOfTerminal(terminal);
  const shownResult = result === undefined ? '' : `\n${shownLines(result).join('\n')}\n`;
  const total = `${[totalLine(figures), ...notes].join('\n')}\n${shownResult}`;
  const tables = linkTables(findings, columns);
  const note = failuresOnly ? `Of ${figures.rows} rows, only the failures are shown here; a file or a pipe gets every row.\n` : '';
  if (failuresOnly && figures.failed === 0)
    return { head: tables === '' ? note : `${tables.slice(1)}\n${note}`, row: () => '', plainRow: () => '', foot: total };
  return {
    head: `${printRow(TABLE_HEADER, layout)}${'─'.repeat(layout.url + layout.status + layout.size + layout.latency)}\n`,
    row: (outcome) =>
      failuresOnly && !isFailure(outcome) ? '' : printRow(tableRow(outcome), layout) + pageLines(outcome, findings, columns),
    plainRow: (row) => (failuresOnly ? '' : printRow(tableRow(row), layout)),
    foot: `${tables}\n${note}${total}`,
  };
}

function isFailure({ verdict }: PlainRow): boolean {
  return verdictClass(verdict) === 'failed';
}

/** Widths of the columns, gaps included, and how much of a URL is shown. */
interface Layout extends TableWidths {
  shownUrl: number;
}

function layOut(widths: TableWidths, terminal?: { columns: number }): Layout {
  const status = Math.max(LEAST_COLUMN, widths.status + GAP);
  const size = Math.max(LEAST_COLUMN, widths.size + GAP);
  const { latency } = widths;
  const url = Math.max(LEAST_URL_COLUMN, widths.url + GAP);
  if (terminal === undefined) return { url, status, size, latency, shownUrl: Number.POSITIVE_INFINITY };
  const room = Math.max(LEAST_CUT_URL + GAP, columnsOfTerminal(terminal) - status - size - latency);
  const cutUrl = Math.min(url, room);
  return { url: cutUrl, status, size, latency, shownUrl: cutUrl - GAP };
}

function columnsOfTerminal({ columns }: { columns: number }): number {
  return columns || ASSUMED_COLUMNS;
}

/** Verdicts whose word does not say what is wrong. */
const EXPLAINED: ReadonlySet<Verdict> = new Set<Verdict>(['invalid-url', 'protocol', 'tls', 'map-failed', 'crashed']);

/** Why it failed where its verdict does not say, and where a failure stands: the first page, or where they were looked for all of them; of a link of documents, all of its places. */
function pageLines(outcome: Outcome, { referrers }: LinkFindings, columns: number): string {
  if (!isFailure(outcome)) return '';
  const isOfDocuments = outcome.places !== undefined;
  const { pages, more } = isOfDocuments ? placesOf(outcome, undefined, referrers, MOST_PAGES) : pagesOf(outcome, referrers, MOST_PAGES);
  const words =
    referrers === undefined && !isOfDocuments
      ? pages.map((page) => `found on ${page}`)
      : [...pages.map(atPlace), ...(more > 0 ? [morePages(more)] : [])];
  const isExplained = isOfDocuments || EXPLAINED.has(outcome.verdict);
  const why = isExplained && outcome.error !== undefined ? [outcome.error.message] : [];
  return [...why, ...words].map((said) => `${cutInMiddle(`${INDENT}${visible(said)}`, Math.max(LEAST_CUT_URL, columns))}\n`).join('');
}

function printRow(row: TableRow, layout: Layout): string {
  const url = layout.shownUrl === Number.POSITIVE_INFINITY ? row.url : cutInMiddle(row.url, layout.shownUrl);
  const gap = ' '.repeat(GAP);
  const urlCell = padToColumns(url, layout.url - GAP) + gap;
  return `${urlCell}${row.status.padEnd(layout.status - GAP)}${gap}${row.size.padEnd(layout.size - GAP)}${gap}${row.latency}\n`;
}
