import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvFormat } from '../../../src/report/formats/csv.ts';
import { HOSTILE, outcome } from '../sample-log.ts';

/** A strict reader of RFC 4180, which refuses anything else. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  while (cell.lastIndex < text.length) {
    const match = cell.exec(text);
    assert.ok(match, 'every cell is plain or quoted, and followed by a comma or CRLF');
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

const columns = csvFormat.head.trimEnd().split(',');

function cellsOf(given: Parameters<typeof outcome>[0]): Record<string, string> {
  const [row] = readCsv(csvFormat.row(outcome(given), '', 0));
  return Object.fromEntries(columns.map((name, index) => [name, row?.[index] ?? '(missing)']));
}

test('hostile values are read back as one row each, with every column', () => {
  const rows = readCsv(csvFormat.head + HOSTILE.map((row) => csvFormat.row(row, '', 0)).join(''));
  assert.equal(rows.length, 1 + HOSTILE.length);
  for (const row of rows) assert.equal(row.length, columns.length);
  assert.equal(rows[5]?.[0], HOSTILE[4]?.url);
  assert.equal(rows[1]?.[columns.indexOf('error_message')], HOSTILE[0]?.error?.message);
});

test('no cell of text starts like a formula', () => {
  for (const start of ['=', '+', '-', '@', '\t', '\r', '\n']) {
    const text = `${start}HYPERLINK("http://evil")`;
    const cells = cellsOf({
      url: text,
      input: text,
      source: text,
      finalUrl: text,
      contentType: text,
      referrer: text,
      remoteAddress: text,
      error: { code: text, message: text },
    });
    const names = ['url', 'input', 'source', 'final_url', 'content_type', 'referrer', 'remote_address', 'error_code', 'error_message'];
    for (const name of names) assert.equal(cells[name], `'${text}`);
  }
});

test('numeric fields stay numbers, and absent values are empty', () => {
  const cells = cellsOf({ status: 200, latencyMs: 0.25, sizeBytes: 0, line: 7 });
  assert.deepEqual([cells.status, cells.latency_ms, cells.size_bytes, cells.line, cells.ok], ['200', '0.25', '0', '7', 'true']);
  assert.deepEqual([cells.wire_bytes, cells.final_url, cells.error_code, cells.started_at], ['', '', '', '']);
});

test('redirects are listed in order', () => {
  const redirects = [
    { status: 301, url: 'http://a/' },
    { status: 302, url: 'http://b/' },
  ];
  assert.equal(cellsOf({ redirects }).redirects, '301 http://a/ > 302 http://b/');
});

test('the fields of --insecure and --save-bodies have columns', () => {
  const { tls_problem, body_file } = cellsOf({ status: 200, tlsProblem: 'self-signed', bodyFile: 'run/ab/abcd.html' });
  assert.deepEqual([tls_problem, body_file], ['self-signed', 'run/ab/abcd.html']);
});
