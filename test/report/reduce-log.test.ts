import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { UsageError } from '../../src/model/errors.ts';
import { loadReducer, type Reducer, reduceLog } from '../../src/report/reducer.ts';
import { ReduceError, shownLines } from '../../src/report/result.ts';
import { EXERCISE, outcome, rendered, temporaryFolder, writeLog } from './sample-log.ts';

async function reducerOf(t: TestContext, source: string, name = 'fold.mjs'): Promise<Reducer> {
  const path = join(await temporaryFolder(t), name);
  await writeFile(path, source);
  return loadReducer(path);
}

/** Rows in completion order. Line 2 has no values, and line 4 has two. */
const ROWS = [
  outcome({ url: 'http://a.test/3', line: 3, data: ['c'] }),
  outcome({ url: 'http://a.test/found', depth: 1, referrer: 'http://a.test/', data: ['e'] }),
  outcome({ url: 'http://a.test/1', line: 1, data: ['a'] }),
  outcome({ url: 'http://a.test/4', line: 4, data: ['d1', 'd2'] }),
  outcome({ url: 'http://a.test/2', line: 2, verdict: 'map-failed' }),
];

const COUNT = `export const initial = 0; export const reduce = (sum) => sum + 1;`;

test('values are folded in the order of the input, each with its row', async (t) => {
  const reducer = await reducerOf(
    t,
    `export const initial = [];
     export function reduce(all, value, { url, line }) { all.push([value, line ?? url]); return all; }`,
  );
  const file = await writeLog(t, ROWS);
  const wanted = [
    ['a', 1],
    ['c', 3],
    ['d1', 4],
    ['d2', 4],
    ['e', 'http://a.test/found'],
  ];
  assert.deepEqual((await reduceLog(reducer, file, [])).value, wanted);
  assert.deepEqual((await reduceLog(reducer, file, [])).value, wanted, 'each fold begins with a copy');
});

test('initial may be a function, reduce and finish may be asynchronous', async (t) => {
  const reducer = await reducerOf(
    t,
    `export const initial = () => new Map();
     export async function reduce(all, value) { return all.set(value, (all.get(value) ?? 0) + 1); }
     export async function finish(all) { return Object.fromEntries(all); }`,
  );
  assert.deepEqual((await reduceLog(reducer, await writeLog(t, ROWS), [])).value, { a: 1, c: 1, d1: 1, d2: 1, e: 1 });
});

test('for a log without values, finish gets the initial result', async (t) => {
  const reducer = await reducerOf(t, `${COUNT} export const finish = (sum) => 'none: ' + sum`);
  assert.deepEqual(await reduceLog(reducer, await writeLog(t, EXERCISE), []), { value: 'none: 0', text: 'none: 0' });
});

test('a reduce module can be CommonJS', async (t) => {
  const reducer = await reducerOf(t, 'const fold = { initial: 0, reduce: (sum) => sum + 1 }; module.exports = fold;', 'fold.cjs');
  assert.equal((await reduceLog(reducer, await writeLog(t, ROWS), [])).value, 5);
});

test('the log is read up to the given end', async (t) => {
  const file = await writeLog(t, ROWS);
  const firstTwo = ROWS.slice(0, 2)
    .map((row) => `${JSON.stringify(row)}\n`)
    .join('').length;
  assert.equal((await reduceLog(await reducerOf(t, COUNT), file, [], firstTwo)).value, 2);
});

const FAILS: ReadonlyArray<readonly [what: string, source: string, message: RegExp]> = [
  [
    'throws',
    `export const initial = 0; export function reduce(sum, value) { if (value === 'c') throw new TypeError('no c'); return sum; }`,
    /^reduce at http:\/\/a\.test\/3 \(line 3\) of .*fold\.mjs failed: TypeError: no c \(fold\.mjs:1:\d+\)$/,
  ],
  ['rejects', `export const initial = 0; export async function reduce() { throw new Error('later') }`, /failed: later/],
  [
    'returns nothing',
    `export const initial = []; export function reduce(all, value) { all.push(value) }`,
    /^reduce of .* returned nothing: it has to return the result so far$/,
  ],
  ['has a finish that throws', `${COUNT} export function finish() { throw new Error('at last') }`, /^finish of .* failed: at last/],
  [
    'has a finish that returns nothing',
    `${COUNT} export function finish() {}`,
    /^the result of .* is undefined, which is not JSON: return its value$/,
  ],
  [
    'has an initial that throws',
    `export const initial = () => { throw new Error('at first') }; export const reduce = (sum) => sum;`,
    /^initial of .* failed: at first/,
  ],
  [
    'has an initial that cannot be copied',
    `export const initial = { f() {} }; export const reduce = (sum) => sum;`,
    /^initial of .* failed: DataCloneError/,
  ],
  ['comes to a BigInt', `export const initial = 1n; export const reduce = (sum) => sum;`, /^the result of .* is not valid JSON: .*BigInt/],
];
for (const [what, source, message] of FAILS) {
  test(`a reduce module that ${what} fails with a clear message`, async (t) => {
    const file = await writeLog(t, ROWS);
    await assert.rejects(
      reduceLog(await reducerOf(t, source), file, []),
      (error) => error instanceof ReduceError && message.test(error.message),
    );
  });
}

const UNUSABLE: ReadonlyArray<readonly [what: string, source: string | undefined, message: RegExp]> = [
  ['is not there', undefined, /^there is no reduce module .*: --reduce FILE is a path from the working directory$/],
  ['cannot be parsed', 'export const {', /cannot be used: SyntaxError: .*: node --check .* shows where$/],
  ['throws', 'throw new Error("no")', /cannot be used: no \(fold\.mjs:1:7\)$/],
  ['exports no reduce', 'export const initial = 0;', /cannot be used: it exports no function reduce: write/],
  ['exports no initial', 'export const reduce = () => 0;', /cannot be used: it exports no initial: write/],
  ['exports a finish that is none', `${COUNT} export const finish = 7;`, /its finish is not a function/],
];
for (const [what, source, message] of UNUSABLE) {
  test(`a reduce module that ${what} is refused, and the message says what to do`, async (t) => {
    const loading = source === undefined ? loadReducer(join(await temporaryFolder(t), 'fold.mjs')) : reducerOf(t, source);
    await assert.rejects(loading, (error) => error instanceof UsageError && message.test(error.message));
  });
}

const RESULT = {
  value: { titles: ['<b>one</b>', '`two`\u202e'] },
  text: '{\n  "titles": [\n    "<b>one</b>",\n    "`two`\u202e"\n  ]\n}\n',
};

test('reports for people show the result after the total, escaped', async (t) => {
  const table = await rendered(t, 'table', EXERCISE, { result: RESULT });
  assert.ok(
    table.endsWith('Total: 3 URLs, 3 success, 0 failed\n\n{\n  "titles": [\n    "<b>one</b>",\n    "`two`\\u202e"\n  ]\n}\n'),
    table,
  );
  const markdown = await rendered(t, 'markdown', EXERCISE, { result: RESULT });
  assert.match(markdown, /^## ✅ Total: .*\n\n```json\n\{\n {2}"titles"/);
  const page = await rendered(t, 'html', EXERCISE, { result: RESULT });
  assert.match(page, /<h2>Result<\/h2>\n<pre>\{\n {2}&quot;titles&quot;: \[\n {4}&quot;&lt;b&gt;one&lt;\/b&gt;&quot;,/);
});

test('a fence in a result does not end its code block', async (t) => {
  const text = 'before\n```\n<img src=x>';
  assert.match(await rendered(t, 'markdown', EXERCISE, { result: { value: text, text } }), /\n````\nbefore\n```\n<img src=x>\n````\n/);
});

test('a long result is cut in reports for people, which say how to get all of it', () => {
  const lines = shownLines({ value: '', text: 'x\n'.repeat(1_200) });
  assert.deepEqual([lines.length, lines.at(-1)], [51, '… 1,150 more lines: -f result prints all of it']);
  assert.deepEqual(shownLines({ value: '', text: 'y'.repeat(5_000) }), [`${'y'.repeat(500)}…`]);
  assert.deepEqual(shownLines({ value: '', text: 'a\tb\r\nc' }), ['a  b', 'c']);
});

test('JSON has the result as a value, and the format result is only the result', async (t) => {
  assert.deepEqual(JSON.parse(await rendered(t, 'json', EXERCISE, { result: RESULT })).result, RESULT.value);
  assert.equal('result' in JSON.parse(await rendered(t, 'json', EXERCISE)), false);
  assert.equal(await rendered(t, 'result', EXERCISE, { result: RESULT }), RESULT.text);
  assert.equal(await rendered(t, 'result', EXERCISE, { result: { value: 'a,b', text: 'a,b' } }), 'a,b');
  await assert.rejects(rendered(t, 'result', EXERCISE), /^UsageError: there is no result: -f result needs --reduce FILE$/);
});
