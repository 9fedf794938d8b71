import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Books } from '../../../src/model/run-summary.ts';
import { leftOutWords, limitWords, meaningOf } from '../../../src/report/links/left-out-words.ts';
import { linkNotes, linkProblems } from '../../../src/report/links/link-notes.ts';
import { EXERCISE, summaryOf } from '../sample-log.ts';

const { books: LIST } = summaryOf(EXERCISE);
const CRAWLED: Books = { ...LIST, accepted: 12, discovered: 1_188, leftOut: { scope: 1_204, nofollow: 12, 'max-urls': 3 } };

test('a run that followed no links has no notes, even if its run.json is from an older version', () => {
  assert.deepEqual(linkNotes(LIST, undefined), []);
  assert.deepEqual(linkProblems(LIST, undefined), []);
});

test('notes say how many links were found and skipped, why, and which option raises a limit', () => {
  assert.deepEqual(linkNotes(CRAWLED, { checked: 1_204, missingTotal: 3, missing: [] }), [
    '12 from the list, 1,188 found',
    'Links not followed: 1,204 scope, 12 nofollow, 3 max-urls',
    'max-urls: 3 links; --max-urls allows more',
    'Fragments: 1,204 checked, 3 missing',
  ]);
});

test('the notes that every report shows are limits and missing fragments', () => {
  assert.deepEqual(linkProblems(CRAWLED, { checked: 2, missingTotal: 1, missing: [] }), [
    'max-urls: 3 links; --max-urls allows more',
    'Fragments: 2 checked, 1 missing',
  ]);
  assert.deepEqual(linkProblems({ ...CRAWLED, leftOut: { scope: 1 } }, { checked: 2, missingTotal: 0, missing: [] }), []);
});

test('each limit is explained, even if no option raises it', () => {
  const limits = { 'max-urls-per-host': 51_230, 'path-segments': 4, 'repeated-segments': 1, 'too-many-links': 1, scope: 9 };
  assert.deepEqual(limitWords(limits), [
    'max-urls-per-host: 51,230 links; --max-urls-per-host allows more',
    'path-segments: 4 links; --max-path-segments allows more',
    `repeated-segments: 1 link; each ${meaningOf('repeated-segments')}`,
    'too-many-links: 1 page; only the first links of such a page are used',
  ]);
});

test('an unknown reason is shown as it is, and a count of 0 is not shown', () => {
  assert.equal(leftOutWords({ scope: 0, newer: 2 }), '2 newer');
  assert.equal(meaningOf('newer'), 'newer');
  assert.equal(meaningOf('toString'), 'toString');
  assert.deepEqual(limitWords({ 'max-urls': 0 }), []);
});
