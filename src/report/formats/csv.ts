import { metaTextOf } from '../../model/lines/outcome-line.ts';
import type { Outcome } from '../../model/outcome.ts';
import type { Marked } from '../baseline.ts';
import type { RowFormat } from '../row-format.ts';

type Cell = string | number | boolean | undefined;

/** The name of each column, and its cell for an outcome. The order is fixed; new columns come last. */
const COLUMNS: ReadonlyArray<readonly [name: string, cell: (outcome: Marked<Outcome>) => Cell]> = [
  ['url', (outcome) => outcome.url],
  ['input', (outcome) => outcome.input],
  ['source', (outcome) => outcome.source],
  ['line', (outcome) => outcome.line],
  ['status', (outcome) => outcome.status],
  ['verdict', (outcome) => outcome.verdict],
  ['ok', (outcome) => outcome.ok],
  ['size_bytes', (outcome) => outcome.sizeBytes],
  ['wire_bytes', (outcome) => outcome.wireBytes],
  ['latency_ms', (outcome) => outcome.latencyMs],
  ['wait_ms', (outcome) => outcome.waitMs],
  ['attempts', (outcome) => outcome.attempts],
  ['final_url', (outcome) => outcome.finalUrl],
  ['redirects', (outcome) => outcome.redirects?.map(({ status, url }) => `${status} ${url}`).join(' > ')],
  ['content_type', (outcome) => outcome.contentType],
  ['remote_address', (outcome) => outcome.remoteAddress],
  ['error_code', (outcome) => outcome.error?.code],
  ['error_message', (outcome) => outcome.error?.message],
  ['depth', (outcome) => outcome.depth],
  ['referrer', (outcome) => outcome.referrer],
  ['started_at', (outcome) => outcome.startedAt],
  ['finished_at', (outcome) => outcome.finishedAt],
  ['method', (outcome) => outcome.method],
  ['certificate_days_left', (outcome) => outcome.certificateDaysLeft],
  ['meta', metaTextOf],
  ['tls_problem', (outcome) => outcome.tlsProblem],
  ['body_file', (outcome) => outcome.bodyFile],
  ['links', (outcome) => outcome.links],
  ['external', (outcome) => outcome.external],
  ['places', (outcome) => outcome.places?.join('; ')],
  ['more_places', (outcome) => outcome.morePlaces],
  ['http_version', (outcome) => outcome.httpVersion],
  ['http_faults', (outcome) => outcome.httpFaults?.join(' ')],
  ['baseline', (outcome) => outcome.baseline],
];

/** RFC 4180: CRLF line ends, a header, and quotes around cells that contain a comma, a quote or a line end. Absent values are empty cells. */
export const csvFormat: RowFormat = {
  head: `${COLUMNS.map(([name]) => name).join(',')}\r\n`,
  row: (outcome) => `${COLUMNS.map(([, cell]) => encodeCell(cell(outcome))).join(',')}\r\n`,
  foot: '',
};

// A spreadsheet runs a cell that starts with one of these as a formula (OWASP, CSV injection).
const FORMULA_START = /^[=+\-@\t\r\n]/;
const NEEDS_QUOTES = /[",\r\n]/;

function encodeCell(cell: Cell): string {
  if (typeof cell !== 'string') return cell === undefined ? '' : String(cell);
  const defused = FORMULA_START.test(cell) ? `'${cell}` : cell;
  return NEEDS_QUOTES.test(defused) ? `"${defused.replaceAll('"', '""')}"` : defused;
}
