import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, type Records } from './checker.ts';

const ORIGIN = 'http://127.0.0.1:1';
const row = (path: string, nonce: number, verdict = 'ok') =>
  `${JSON.stringify({ url: ORIGIN + path, verdict, contentType: `text/plain; nonce=${nonce}` })}\n`;
const runFile = (state = 'ended', books: object = {}) =>
  JSON.stringify({ state, books: { submitted: 3, duplicates: 0, balanced: true, ...books } });
const LOG = row('/a', 1) + row('/b', 4) + row('/poison', 0, 'crashed');
const SOUND: Records = {
  inputs: [`${ORIGIN}/a`, `${ORIGIN}/b`, `${ORIGIN}/poison`],
  hits: new Map<string, number | number[]>([
    ['/a', 1],
    ['/b', [2, 4]],
    ['/poison', 3],
  ]),
  log: [LOG],
  run: runFile(),
  poisonous: [`${ORIGIN}/poison`],
  mostHits: 4,
};

test('the checker finds no problems in a correct run', async () => {
  assert.deepEqual(await check(SOUND), { rows: 3, requests: 4, lost: 0, repeated: 0, mismatched: 0, problems: [] });
});

const LIES: ReadonlyArray<readonly [string, Partial<Records>, RegExp]> = [
  ['an input without a row', { log: [row('/a', 1) + row('/poison', 0, 'crashed')] }, /1 inputs have no row/],
  ['a duplicate row', { log: [LOG, row('/b', 2)] }, /1 rows are there twice/],
  ['a row that was not requested', { log: [LOG, row('/c', 2)] }, /nobody asked for/],
  ['a row that matches no request', { log: [row('/a', 9) + row('/b', 4) + row('/poison', 0, 'crashed')] }, /matches no request/],
  [
    'a harmless URL that ended as crashed',
    { log: [row('/a', 1, 'crashed') + row('/b', 4) + row('/poison', 0, 'crashed')] },
    /should be ok/,
  ],
  ['a poisonous URL that did not end as crashed', { log: [row('/a', 1) + row('/b', 4) + row('/poison', 3)] }, /should be crashed/],
  ['a torn line', { log: [LOG, '{"url":'] }, /middle of a line/],
  ['more requests than can be explained', { mostHits: 3 }, /at most 3/],
  ['unbalanced counts', { run: runFile('ended', { balanced: false }) }, /balanced false/],
  ['a batch that was counted twice', { run: runFile('ended', { submitted: 6, duplicates: 3 }) }, /6 lines and 3 duplicates/],
  ['a run that has not ended', { run: runFile('running') }, /running/],
];
for (const [lie, change, problem] of LIES) {
  test(`the checker detects ${lie}`, async () => {
    assert.match((await check({ ...SOUND, ...change })).problems.join('\n'), problem);
  });
}

test('lines are read whole, wherever the log is split', async () => {
  assert.deepEqual((await check({ ...SOUND, log: LOG })).problems, []);
});
