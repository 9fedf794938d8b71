import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch } from '../../src/engine/batch.ts';
import { readBatch, type SeedOptions, type UrlCredentials } from '../../src/engine/read-batch.ts';
import { LoggedRows, rowKeyOf } from '../../src/engine/rules/logged-rows.ts';
import type { LinkLine } from '../../src/model/lines/link-line.ts';
import { formatOutcome } from '../../src/model/lines/outcome-line.ts';
import { checkedOutcome, describeEntry } from '../../src/model/unfetched-outcome.ts';

const OPTIONS: SeedOptions = {
  method: 'GET',
  exclude: [],
  stripParams: [],
  fragments: false,
  hostIntervalMs: 0,
  depth: 0,
  checkExternal: false,
};

function read(batch: Partial<Batch>, options: Partial<SeedOptions> = {}, credentials: UrlCredentials = 'allow') {
  return readBatch('run', { number: 0, firstLine: 1, lines: [], ...batch }, { ...OPTIONS, ...options }, 0, credentials);
}

function links(...given: Array<Partial<LinkLine>>): Partial<Batch> {
  return { format: 'links', lines: given.map((link) => JSON.stringify({ source: 'a.md', line: 5, places: [], ...link })) };
}

test('links keep their own positions, whatever their line numbers', () => {
  const batch = { ...links({ url: 'http://e.test/', places: ['b.md:1'] }, { url: 'http://[', line: 9 }), source: 'other', firstLine: 100 };
  const { entries, invalid } = read(batch);
  assert.deepEqual(
    entries.map(({ url, source, line, request }) => [url, source, line, request]),
    [['http://e.test/', 'a.md', 5, { places: ['b.md:1'] }]],
  );
  assert.deepEqual(
    invalid.map(({ url, source, line, places }) => [url, source, line, places]),
    [['http://[', 'a.md', 9, []]],
  );
});

test('a link that is already checked gets its outcome without a request, under its path', () => {
  const problem = { code: 'FILE_NOT_FOUND', message: 'no such file: docs/b.md' };
  const { entries } = read(
    links({ url: 'file:///docs/a.md#x', input: 'a.md#x', checked: 'ok' }, { url: 'file:///docs/b.md', checked: problem }),
  );
  const rows = entries.map((entry) => checkedOutcome('run', entry, OPTIONS, entry.request?.checked ?? 'ok', 0));
  assert.deepEqual(
    rows.map(({ url, input, verdict, ok, attempts, error, source, line, places, latencyMs }) => {
      return [url, input, verdict, ok, attempts, error, source, line, places, latencyMs];
    }),
    [
      ['docs/a.md#x', 'a.md#x', 'ok', true, 0, undefined, 'a.md', 5, [], undefined],
      ['docs/b.md', undefined, 'broken', false, 0, problem, 'a.md', 5, [], undefined],
    ],
  );
});

test('wanted fragments are kept only in a run that checks them, and come back unchanged', () => {
  const batch = links({ url: 'http://e.test/', fragments: ['http://e.test/#x'] });
  assert.equal(read(batch).entries[0]?.request?.fragments, undefined);
  const [entry] = read(batch, { fragments: true }).entries;
  assert.ok(entry !== undefined);
  assert.deepEqual(checkedOutcome('run', entry, OPTIONS, 'ok', 0).fragments, ['http://e.test/#x']);
});

test('lists, records and documents skip URLs that match --exclude, as shown in the row', () => {
  const exclude = ['^http://e\\.test/x', '^docs/gen'];
  const verdicts = (batch: Partial<Batch>) =>
    read(batch, { exclude }).entries.map(({ request }) =>
      typeof request?.checked === 'object' ? request.checked.verdict : request?.checked,
    );
  assert.deepEqual(verdicts({ lines: ['e.test/x', 'e.test/y'] }), ['out-of-scope', undefined]);
  assert.deepEqual(verdicts({ format: 'records', lines: ['{"url":"http://e.test/xy","meta":1}', '{"url":"http://e.test/"}'] }), [
    'out-of-scope',
    undefined,
  ]);
  assert.deepEqual(verdicts(links({ url: 'file:///docs/gen/a.md', checked: 'ok' }, { url: 'file:///docs/a.md', checked: 'ok' })), [
    'out-of-scope',
    'ok',
  ]);
  const [entry] = read({ lines: ['http://u:secret@e.test/x'] }, { exclude }).entries;
  assert.ok(entry !== undefined && typeof entry.request?.checked === 'object');
  const { verdict, ok, error, input } = checkedOutcome('run', entry, OPTIONS, entry.request.checked, 0);
  assert.deepEqual([verdict, ok, error?.code, input], ['out-of-scope', false, 'EXCLUDED', 'http://***@e.test/x']);
});

test('with an interval, entries that need no request delay nothing, and their rows stay the same', () => {
  const batch = links({ url: 'file:///docs/a.md', checked: 'ok' }, { url: 'http://e.test/x' }, { url: 'file:///docs/b.md', checked: 'ok' });
  const exclude = ['test/x'];
  const [entries, spread] = [0, 1_000].map((hostIntervalMs) => read(batch, { exclude, hostIntervalMs }).entries);
  assert.ok(entries !== undefined && spread !== undefined);
  assert.deepEqual([new Set(entries.map(({ origin }) => origin)).size, new Set(spread.map(({ origin }) => origin)).size], [1, 3]);
  for (const { url, origin } of [...entries, ...spread]) assert.ok(url.startsWith(`${origin}/`), url);
  const rows = (given: typeof entries) => given.map((entry) => checkedOutcome('run', entry, OPTIONS, entry.request?.checked ?? 'ok', 0));
  assert.deepEqual(rows(spread), rows(entries));
  assert.deepEqual(
    rows(spread).map(({ url, input }) => [url, input]),
    [
      ['docs/a.md', undefined],
      ['http://e.test/x', undefined],
      ['docs/b.md', undefined],
    ],
  );
});

test('stripped parameters are absent from the URL and its key, and kept in the original input', () => {
  const { entries } = read({ lines: ['http://e.test/?utm_a=1&b=2', 'http://e.test/?b=2'] }, { stripParams: ['utm_*'] });
  assert.deepEqual(
    entries.map(({ url, input }) => [url, input]),
    [
      ['http://e.test/?b=2', 'http://e.test/?utm_a=1&b=2'],
      ['http://e.test/?b=2', undefined],
    ],
  );
  assert.equal(entries[0]?.key, entries[1]?.key);
});

test('credentials in a link are refused where they would be sent over the network, in a row with its places', () => {
  const { entries, invalid } = read(links({ url: 'http://u:secret@e.test/', places: ['b.md:2'] }), {}, 'refuse');
  assert.deepEqual([entries, invalid[0]?.url, invalid[0]?.line, invalid[0]?.places], [[], 'http://***@e.test/', 5, ['b.md:2']]);
});

test('rows of links are recognised in a log, even if several come from one line', () => {
  const batch = links(
    { url: 'http://e.test/a' },
    { url: 'file:///docs/a.md#ü b', checked: 'ok' },
    { url: 'file:///../x', checked: { code: 'FILE_NOT_FOUND', message: '' } },
    { url: 'http://u:p@e.test/a' },
    { url: 'http://u:p@e.test/b' },
    { url: 'http://[' },
    { url: 'http://]' },
  );
  const { entries, invalid } = read(batch);
  const rows = new LoggedRows();
  for (const entry of entries) {
    const outcome = checkedOutcome('run', entry, OPTIONS, entry.request?.checked ?? 'ok', 0);
    assert.equal(rows.add(formatOutcome(describeEntry(outcome, entry))), true, entry.url);
    assert.notEqual(rows.classOf(rowKeyOf(entry)), undefined, entry.url);
  }
  for (const outcome of invalid) assert.deepEqual([rows.add(formatOutcome(outcome)), rows.add(formatOutcome(outcome))], [true, false]);
  assert.equal([...rows.rows()].length, 5, 'lines that are no URLs are no entries');
});
