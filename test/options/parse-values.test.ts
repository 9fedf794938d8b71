import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Parsed } from '../../src/model/parsed.ts';
import { statusRanges } from '../../src/model/status-ranges.ts';
import { durationMs, integer, keyPrefix, oneOf, processCount, runId, sizeBytes, urlWith } from '../../src/options/parse-values.ts';

/** Tests the result of parsing each text: a value, or a pattern that the problem matches. */
function table<T>(
  name: string,
  parse: (text: string) => Parsed<T>,
  rows: readonly (readonly [text: string, expected: T | RegExp])[],
): void {
  for (const [text, expected] of rows) {
    test(`${name}: ${JSON.stringify(text)}`, () => {
      const result = parse(text);
      if (expected instanceof RegExp) {
        assert.equal(result.ok, false);
        assert.match(result.ok ? '' : result.problem, expected);
      } else {
        assert.deepEqual(result, { ok: true, value: expected });
      }
    });
  }
}

table('duration', durationMs(0), [
  ['0', 0],
  ['0s', 0],
  ['250ms', 250],
  ['30s', 30_000],
  ['1.5s', 1_500],
  ['2m', 120_000],
  ['2 m', 120_000],
  ['30S', 30_000],
  ['1440m', 86_400_000],
  ['1441m', /too long/],
  ['30', /no unit: write 30s or 30ms/],
  ['30h', /not a duration/],
  ['-5s', /not a duration/],
  ['1e3s', /not a duration/],
  ['', /not a duration/],
  ['5s5', /not a duration/],
]);

table('duration of at least 1 ms', durationMs(1), [
  ['1ms', 1],
  ['0', /the minimum is 1ms/],
  ['0.2ms', /the minimum is 1ms/],
]);

table('size', sizeBytes(1), [
  ['10MB', 10_000_000],
  ['512KB', 512_000],
  ['512kb', 512_000],
  ['1MiB', 1_048_576],
  ['1.5 MB', 1_500_000],
  ['2GiB', 2_147_483_648],
  ['100', 100],
  ['100B', 100],
  ['0', /the minimum is 1B/],
  ['99999999999GB', /too large/],
  ['10M', /not a size/],
  ['-1MB', /not a size/],
  ['MB', /not a size/],
]);

table('integer from 1', integer(1), [
  ['1', 1],
  ['010', 10],
  ['0', /the minimum is 1/],
  ['-3', /the minimum is 1/],
  ['1.5', /not a whole number/],
  ['0x10', /not a whole number/],
  ['1e3', /not a whole number/],
  ['', /not a whole number/],
  ['9007199254740993', /too large/],
]);

table('status ranges', statusRanges, [
  ['200', [[200, 200]]],
  ['200-299', [[200, 299]]],
  [
    '200-299, 304',
    [
      [200, 299],
      [304, 304],
    ],
  ],
  ['299-200', /empty: write 200-299/],
  ['600', /from 100 to 599/],
  ['099', /from 100 to 599/],
  ['2xx', /not a status code/],
  ['200,', /"" is not a status code/],
  ['', /not a status code/],
]);

table('word', oneOf('seeds', 'allow', 'deny'), [
  ['allow', 'allow'],
  ['Allow', /not one of: seeds, allow, deny/],
]);

table('URL', urlWith('redis', 'rediss'), [
  ['redis://127.0.0.1:6379/2', 'redis://127.0.0.1:6379/2'],
  ['rediss://user:pw@host', 'rediss://user:pw@host'],
  ['http://host', /redis or rediss/],
  ['127.0.0.1', /^"127\.0\.0\.1" is not a URL: write it like redis:\/\/host$/],
]);

test('an invalid URL is shown without a possible password', () => {
  for (const text of ['redis://user:secret@host:port', 'redis://host:port?password=secret']) {
    const result = urlWith('redis')(text);
    assert.equal(result.ok, false);
    assert.doesNotMatch(JSON.stringify(result), /secret/);
  }
});

table('processes', processCount, [
  ['auto', 'auto'],
  ['3', 3],
  ['0', /too small: the minimum is 1; auto is also possible/],
  ['many', /not a whole number; auto is also possible/],
]);

table('run id', runId, [
  ['nightly-2026', 'nightly-2026'],
  ['1234', /not digits alone/],
  ['a:b', /cannot name a run/],
  ['../x', /cannot name a run/],
]);

table('prefix', keyPrefix, [
  ['trawl', 'trawl'],
  ['{trawl}', /not a prefix/],
  ['', /not a prefix/],
]);
