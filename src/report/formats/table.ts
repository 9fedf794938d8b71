import type { PlainRow } from '../../model/lines/plain-line.ts';
import type { Outcome } from '../../model/outcome.ts';
import { type Verdict, verdictClass } from '../../model/verdict.ts';
import type { Marked } from '../baseline.ts';
import { FailureGroups } from '../failure-groups.ts';
import { atPlace, morePages, pagesOf, placesOf } from '../links/found-on.ts';
import type { LinkFindings } from '../links/link-findings.ts';
import { linkTables } from '../links/link-tables.ts';
import { inColor, inPlain, ofClass, type Paint } from '../paint.ts';
import { type Result, shownLines } from '../result.ts';
import type { RowFormat } from '../row-format.ts';
import { type CellWidths, latencyCell, type Measure, sizeCell } from '../row-measure.ts';
import { resultWord } from '../row-words.ts';
import { shownNumber } from '../shown-figures.ts';
import { cutInMiddle, padToColumns, visible } from '../shown-text.ts';
import { type Figures, totalLine } from '../tally/tally.ts';

/** Lines of a terminal that the rows cannot use: header, total, the command that was typed, and the prompt. */
const OTHER_LINES = 6;
/** Used if a terminal does not report how many rows it has. */
const ASSUMED_ROWS = 24;

const GAP = 2;
const INDENT = '  ';
/** Pages listed below a row. */
const MAX_PAGES = 100;
/** Pages listed below a failure on a terminal that shows only failures. */
const MAX_PAGES_ON_TERMINAL = 10;
const MIN_URL_COLUMN = 35;
const MIN_COLUMN = 8;
/** Even the narrowest terminal shows this many columns of a URL. */
const MIN_CUT_URL = 12;
/** Used if a terminal reports 0 columns. */
const ASSUMED_COLUMNS = 80;

/** The terminal on which the table is shown. */
export interface Terminal {
  columns: number;
  rows?: number;
}

/** What the table shows besides its rows, and how. */
export interface TableExtras {
  findings?: LinkFindings;
  /** Lines after the total. */
  notes?: readonly string[];
  /** The result of `--reduce`. */
  result?: Result;
  /** Show every row on a terminal, however many there are. */
  everyRow?: boolean;
  /** True if the run followed links. */
  followed?: boolean;
  color?: boolean;
}

/**
 * The table for people: URL, status (or verdict), decoded size, latency, and with a baseline the mark of the row. Below a failure it lists the pages on which it was found.
 * After the rows come findings about links, the total, and the result of `--reduce`.
 *
 * In a file or a pipe the table has every row, uncut. On a terminal, URLs are cut in the middle to its width. If the rows do not fit on the screen, or links were followed, a terminal shows only failures,
 * grouped by cause, just above the total, where the reader looks first. Failures known from the baseline are then only counted.
 */
export function tableFormat(measure: Measure, terminal?: Terminal, extras: TableExtras = {}): RowFormat {
  const { figures } = measure;
  const { findings = {}, notes = [], result, color = false } = extras;
  const paint = color ? inColor : inPlain;
  const columns = terminal === undefined ? Number.POSITIVE_INFINITY : columnsOfTerminal(terminal);
  const shownResult = result === undefined ? '' : `\n${shownLines(result).join('\n')}\n`;
  const total = `${[paintedTotal(figures, paint), ...notes].join('\n')}\n${shownResult}`;
  const tables = linkTables(findings, columns);
  if (terminal !== undefined && showsFailuresOnly(figures.rows, terminal, extras)) {
    const groups = new FailureGroups();
    const linesOf = (outcome: Outcome) => [
      cutInMiddle(`${INDENT}${visible(outcome.url)}`, Math.max(MIN_CUT_URL, columns)),
      ...whyAndWhere(outcome, findings, { columns, indent: INDENT + INDENT, mostPages: MAX_PAGES_ON_TERMINAL }),
    ];
    return {
      head: '',
      showsNoRow: figures.failed === 0,
      row: (outcome) => {
        if (isFailure(outcome) && outcome.baseline !== 'known') groups.add(outcome, linesOf);
        return '';
      },
      plainRow: () => '',
      get foot() {
        const lines = groups.lines((text) => paint.bold(paint.red(text)));
        const known = figures.baseline?.known ?? 0;
        const others = figures.rows - figures.failed;
        const unshown = [
          ...(groups.more > 0 ? [`${shownNumber(groups.more)} more failure${groups.more === 1 ? '' : 's'}`] : []),
          ...(known > 0 ? [`${shownNumber(known)} failure${known === 1 ? '' : 's'} known from the baseline`] : []),
          ...(others > 0 ? [`${shownNumber(others)} URL${others === 1 ? '' : 's'} that did not fail`] : []),
        ];
        const note = unshown.length === 0 ? [] : [`Not shown: ${listed(unshown)} (--all)`];
        return [...lines, ...(tables === '' ? [] : tables.slice(1).split('\n')), ...note, total].join('\n');
      },
    };
  }
  const compared = figures.baseline !== undefined;
  const layout = layOut(measure.widths, compared, terminal);
  return {
    head: `${printRow({ ...TABLE_HEADER, baseline: compared ? TABLE_HEADER.baseline : '' }, layout, paint.bold)}${'─'.repeat(layout.url + layout.status + layout.size + layout.latency + layout.baseline)}\n`,
    row: (outcome) =>
      printRow(tableRow(outcome), layout, ofClass(paint, outcome.baseline === 'known' ? 'skipped' : verdictClass(outcome.verdict))) +
      pageLines(outcome, findings, columns),
    plainRow: (row) => printRow(tableRow(row), layout, ofClass(paint, 'ok')),
    foot: `${tables}\n${total}`,
  };
}

function showsFailuresOnly(rows: number, terminal: Terminal, { everyRow, followed }: TableExtras): boolean {
  return !everyRow && (followed === true || rows > (terminal.rows || ASSUMED_ROWS) - OTHER_LINES);
}

function paintedTotal(figures: Figures, paint: Paint): string {
  return totalLine(figures)
    .replace(/\d+ success/, (text) => (figures.ok > 0 ? paint.green(text) : text))
    .replace(/\d+ failed/, (text) => (figures.failed > 0 ? paint.red(text) : text));
}

/** `a, b and c`. */
function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

function isFailure({ verdict }: Outcome): boolean {
  return verdictClass(verdict) === 'failed';
}

/** Widths of the columns, including gaps, and how many columns of a URL are shown. */
interface Layout {
  url: number;
  status: number;
  size: number;
  latency: number;
  /** 0 without a baseline. */
  baseline: number;
  shownUrl: number;
}

function layOut(widths: CellWidths, compared: boolean, terminal?: Terminal): Layout {
  const status = Math.max(MIN_COLUMN, widths.status + GAP);
  const size = Math.max(MIN_COLUMN, widths.size + GAP);
  const leastLatency = Math.max(widths.latency, TABLE_HEADER.latency.length);
  const latency = compared ? Math.max(MIN_COLUMN, leastLatency + GAP) : leastLatency;
  const baseline = compared ? TABLE_HEADER.baseline.length : 0;
  const url = Math.max(MIN_URL_COLUMN, (terminal === undefined ? widths.alignedUrl : widths.url) + GAP);
  if (terminal === undefined) return { url, status, size, latency, baseline, shownUrl: Number.POSITIVE_INFINITY };
  const room = Math.max(MIN_CUT_URL + GAP, columnsOfTerminal(terminal) - status - size - latency - baseline);
  const cutUrl = Math.min(url, room);
  return { url: cutUrl, status, size, latency, baseline, shownUrl: cutUrl - GAP };
}

function columnsOfTerminal({ columns }: Terminal): number {
  return columns || ASSUMED_COLUMNS;
}

/** Verdicts that do not say what is wrong, so that the error message is shown too. */
const EXPLAINED: ReadonlySet<Verdict> = new Set<Verdict>(['invalid-url', 'protocol', 'tls', 'map-failed', 'crashed']);

/** Below a failure: why it failed, if its verdict does not say, and where the link is: all places in documents, all pages if referrers were looked up, otherwise the first page. */
function pageLines(outcome: Outcome, findings: LinkFindings, columns: number): string {
  if (!isFailure(outcome)) return '';
  return whyAndWhere(outcome, findings, { columns, indent: INDENT, mostPages: MAX_PAGES })
    .map((line) => `${line}\n`)
    .join('');
}

function whyAndWhere(
  outcome: Outcome,
  { referrers }: LinkFindings,
  { columns, indent, mostPages }: { columns: number; indent: string; mostPages: number },
): string[] {
  const isOfDocuments = outcome.places !== undefined;
  const { pages, more } = isOfDocuments ? placesOf(outcome, undefined, referrers, mostPages) : pagesOf(outcome, referrers, mostPages);
  const words =
    referrers === undefined && !isOfDocuments
      ? pages.map((page) => `found on ${page}`)
      : [...pages.map(atPlace), ...(more > 0 ? [morePages(more)] : [])];
  const isExplained = isOfDocuments || EXPLAINED.has(outcome.verdict);
  const why = isExplained && outcome.error !== undefined ? [outcome.error.message] : [];
  return [...why, ...words].map((said) => cutInMiddle(`${indent}${visible(said)}`, Math.max(MIN_CUT_URL, columns)));
}

function printRow(row: TableRow, layout: Layout, paintStatus: (text: string) => string): string {
  const url = layout.shownUrl === Number.POSITIVE_INFINITY ? row.url : cutInMiddle(row.url, layout.shownUrl);
  const gap = ' '.repeat(GAP);
  const urlCell = padToColumns(url, layout.url - GAP) + gap;
  const latency = row.baseline === '' ? row.latency : `${row.latency.padEnd(layout.latency - GAP)}${gap}${row.baseline}`;
  return `${urlCell}${paintStatus(row.status.padEnd(layout.status - GAP))}${gap}${row.size.padEnd(layout.size - GAP)}${gap}${latency}\n`;
}

/** The cells of a row. */
interface TableRow {
  url: string;
  status: string;
  size: string;
  latency: string;
  /** Empty if the row has no mark. */
  baseline: string;
}

const TABLE_HEADER: TableRow = { url: 'URL', status: 'Status', size: 'Size', latency: 'Latency', baseline: 'Baseline' };

/** The cells of an outcome, uncut, safe to print. */
function tableRow(outcome: Marked<PlainRow>): TableRow {
  const { sizeBytes, latencyMs } = outcome;
  return {
    url: visible(outcome.url),
    status: resultWord(outcome),
    size: sizeCell(sizeBytes),
    latency: latencyCell(latencyMs),
    baseline: outcome.baseline ?? '',
  };
}
