import assert from 'node:assert/strict';
import { appendFile, readFile, stat } from 'node:fs/promises';
import { test } from 'node:test';
import type { Outcome } from '../../src/model/outcome.ts';
import { readLogLinesInInputOrder } from '../../src/report/input-order.ts';
import { outcome, rendered, summaryOf, writeLog } from './sample-log.ts';

async function inInputOrder(file: string, sources: readonly string[] = [], endBytes?: number): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for await (const lines of readLogLinesInInputOrder(file, sources, endBytes)) {
    for (const { text } of lines) outcomes.push(JSON.parse(text));
  }
  return outcomes;
}

/** Shuffles the items in the same way every time (with the generator of Park and Miller). */
function shuffled<T>(items: readonly T[]): T[] {
  let state = 42;
  const ranked = items.map((item) => {
    state = (state * 48_271) % 2_147_483_647;
    return { item, rank: state };
  });
  return ranked.sort((a, b) => a.rank - b.rank).map(({ item }) => item);
}

const seed = (url: string, line: number, source?: string) => outcome({ url, line, ...(source !== undefined && { source }) });

test('rows of one source are sorted by line', async (t) => {
  const outcomes = Array.from({ length: 5_000 }, (_, n) => seed(`http://h/${'é'.repeat(n % 50)}${n}`, n + 1));
  assert.deepEqual(await inInputOrder(await writeLog(t, shuffled(outcomes))), outcomes);
});

test('sources are in the order of the run, and unknown sources in the order of their first rows', async (t) => {
  const file = await writeLog(t, [
    seed('late', 1, 'x.txt'),
    seed('b2', 2, 'b.txt'),
    seed('a1', 1, 'a.txt'),
    seed('later', 1, 'w.txt'),
    seed('b1', 1, 'b.txt'),
  ]);
  const urls = (await inInputOrder(file, ['b.txt', 'a.txt'])).map(({ url }) => url);
  assert.deepEqual(urls, ['b1', 'b2', 'a1', 'late', 'later']);
});

test('discovered URLs come after all seeds, by depth, then in completion order', async (t) => {
  const found = (url: string, depth: number) => outcome({ url, depth, referrer: 'seed' });
  const file = await writeLog(t, [found('d2', 2), found('d1b', 1), seed('seed9', 4_000_000_000), found('d1a', 1), seed('seed1', 1)]);
  const urls = (await inInputOrder(file)).map(({ url }) => url);
  assert.deepEqual(urls, ['seed1', 'seed9', 'd1b', 'd1a', 'd2']);
});

test('a shuffled log of many batches comes back complete and sorted', async (t) => {
  const outcomes = Array.from({ length: 3_000 }, (_, n) => seed(`http://h/${n}/${'x'.repeat(15_000)}`, n + 1));
  const file = await writeLog(t, shuffled(outcomes));
  const read = await inInputOrder(file);
  assert.deepEqual(
    read.map(({ line }) => line),
    outcomes.map(({ line }) => line),
  );
  assert.deepEqual(read[1_234], outcomes[1_234]);
});

test('a torn last line and everything beyond endBytes are ignored', async (t) => {
  const file = await writeLog(t, [seed('second', 2), seed('first', 1)]);
  const { size } = await stat(file);
  await appendFile(file, `${JSON.stringify(seed('third', 3))}\n{"schema":1,"ru`);
  assert.equal((await inInputOrder(file)).length, 3);
  assert.deepEqual(
    (await inInputOrder(file, [], size)).map(({ url }) => url),
    ['first', 'second'],
  );
});

test('every format can have its rows in input order', async (t) => {
  const outcomes = [seed('http://h/b1', 1, 'b'), seed('http://h/a2', 2, 'a'), seed('http://h/a1', 1, 'a')];
  const summary = summaryOf(outcomes, { sources: ['a', 'b'] });
  for (const format of ['table', 'json', 'ndjson', 'csv'] as const) {
    const text = await rendered(t, format, outcomes, { order: 'input', summary });
    assert.deepEqual(text.match(/http:\/\/h\/(..)/g), ['http://h/a1', 'http://h/a2', 'http://h/b1'], format);
  }
});

test('in completion order, the NDJSON report is the log', async (t) => {
  const outcomes = shuffled(Array.from({ length: 100 }, (_, n) => seed(`http://h/${n}`, n + 1)));
  const log = await readFile(await writeLog(t, outcomes), 'utf8');
  assert.equal(await rendered(t, 'ndjson', outcomes), log);
});
