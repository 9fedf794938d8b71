import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MAX_RETRY_AFTER_MS, parseRetryAfter } from '../../src/fetch/retry-after.ts';

const CORPUS = new URL('../../../shared/corpora/retry-after.json', import.meta.url);
const NOW_MS = Date.parse('2026-03-01T12:00:00Z');

const CASES: ReadonlyArray<readonly [string, number | undefined]> = [
  ['0', 0],
  ['1', 1_000],
  [' 120 ', 120_000],
  ['3600', MAX_RETRY_AFTER_MS],
  ['3601', MAX_RETRY_AFTER_MS],
  ['99999999999999999999', MAX_RETRY_AFTER_MS],
  ['Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
  ['Sunday, 01-Mar-26 12:00:30 GMT', 30_000],
  ['Sun Mar  1 12:00:30 2026', 30_000],
  ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
  ['Mon, 01 Mar 2027 12:00:00 GMT', MAX_RETRY_AFTER_MS],
  ['', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['1e3', undefined],
  ['0x10', undefined],
  ['soon', undefined],
  ['Sunday', undefined],
  ['Sun, 99 Foo 2026 12:00:30 GMT', undefined],
  ['1, 2', undefined],
  ['2026', 2_026_000],
  ['2026-03-01T12:00:30Z', undefined],
];

test('reads seconds and HTTP dates up to the limit, and ignores anything else', () => {
  for (const [value, expected] of CASES) {
    const capped = expected === undefined ? undefined : Math.min(expected, MAX_RETRY_AFTER_MS);
    assert.equal(parseRetryAfter(value, NOW_MS), capped, JSON.stringify(value));
  }
});

test('agrees with the Retry-After corpus, up to the limit', (t) => {
  if (!existsSync(CORPUS)) return t.skip('the corpus is not beside the repository');
  const { cases } = JSON.parse(readFileSync(CORPUS, 'utf8')) as {
    cases: Array<{ id: string; value: string; now: string | null; expected_seconds: number | null }>;
  };
  assert.ok(cases.length > 0);
  for (const { id, value, now, expected_seconds } of cases) {
    const expected = expected_seconds === null ? undefined : Math.min(expected_seconds * 1_000, MAX_RETRY_AFTER_MS);
    assert.equal(parseRetryAfter(value, now === null ? NOW_MS : Date.parse(now)), expected, `${id}: ${value}`);
  }
});
