import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXERCISE, HOSTILE, rendered, summaryOf } from '../sample-log.ts';

test('the document has the run, its counts, its figures and every outcome unchanged', async (t) => {
  const document = JSON.parse(await rendered(t, 'json', HOSTILE));
  const { run, state, startedAt, endedAt, books } = summaryOf(HOSTILE);
  const { figures, outcomes, ...rest } = document;
  assert.deepEqual(rest, { schema: 1, run, state, startedAt, endedAt, books });
  assert.deepEqual(outcomes, HOSTILE);
  assert.deepEqual([figures.rows, figures.failed, figures.skipped], [6, 5, 1]);
});

test('missing values are absent, not null', async (t) => {
  const { endedAt: _, ...running } = summaryOf(EXERCISE, { state: 'running', sources: ['a.txt', 'b.txt'] });
  const document = JSON.parse(await rendered(t, 'json', EXERCISE, { summary: running }));
  assert.equal('endedAt' in document, false);
  assert.deepEqual(document.sources, ['a.txt', 'b.txt']);
});

test('a run without outcomes gives a valid document', async (t) => {
  const document = JSON.parse(await rendered(t, 'json', []));
  assert.deepEqual(document.outcomes, []);
  assert.equal('latencyMs' in document.figures, false);
});
