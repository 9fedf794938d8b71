import assert from 'node:assert/strict';
import { appendFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { UsageError } from '../../src/model/errors.ts';
import { MAX_LOG_LINE_BYTES } from '../../src/report/log-lines.ts';
import { readOutcomes } from '../../src/report/read-outcomes.ts';
import { EXERCISE, HOSTILE, outcome, temporaryFolder, writeLog } from './sample-log.ts';

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function fileOf(t: TestContext, content: string | Buffer): Promise<string> {
  const file = join(await temporaryFolder(t), 'outcomes.ndjson');
  await writeFile(file, content);
  return file;
}

const line = (url: string) => `${JSON.stringify(outcome({ url }))}\n`;

test('outcomes come back as they were written', async (t) => {
  assert.deepEqual(await all(readOutcomes(await writeLog(t, [...EXERCISE, ...HOSTILE]))), [...EXERCISE, ...HOSTILE]);
});

test('lines and characters that are split across chunks are complete', async (t) => {
  const outcomes = Array.from({ length: 3_000 }, (_, n) => outcome({ url: `${n}${'漢😀é'.repeat(n % 97)}`, verdict: 'invalid-url' }));
  outcomes.push(outcome({ url: 'x'.repeat(1_000_000), verdict: 'invalid-url' }));
  assert.deepEqual(await all(readOutcomes(await writeLog(t, outcomes))), outcomes);
});

test('a torn last line is ignored, wherever it is torn', async (t) => {
  const last = line('http://torn/é');
  const bytes = Buffer.from(last);
  for (let cut = 0; cut < bytes.length - 1; cut += 1) {
    const file = await fileOf(t, Buffer.concat([Buffer.from(line('http://whole/')), bytes.subarray(0, cut)]));
    const urls = (await all(readOutcomes(file))).map(({ url }) => url);
    assert.deepEqual(urls, cut === bytes.length - 1 ? ['http://whole/', 'http://torn/é'] : ['http://whole/'], `cut at ${cut}`);
  }
});

test('zeros after the last line, which a power failure can leave, are ignored', async (t) => {
  const file = await fileOf(t, Buffer.concat([Buffer.from(line('http://whole/')), Buffer.alloc(4_096)]));
  assert.equal((await all(readOutcomes(file))).length, 1);
});

test('a last line without a line end is read, and CRLF and blank lines are accepted', async (t) => {
  const file = await fileOf(t, `${line('http://a/').trimEnd()}\r\n\n${line('http://b/').trimEnd()}`);
  assert.deepEqual(
    (await all(readOutcomes(file))).map(({ url }) => url),
    ['http://a/', 'http://b/'],
  );
});

test('nothing beyond endBytes is read', async (t) => {
  const file = await writeLog(t, EXERCISE);
  const endBytes = (await stat(file)).size;
  await appendFile(file, 'not an outcome\n');
  assert.equal((await all(readOutcomes(file, { endBytes }))).length, 3);
  assert.equal((await all(readOutcomes(file, { endBytes: endBytes - 1 }))).length, 3);
  assert.equal((await all(readOutcomes(file, { endBytes: endBytes - 2 }))).length, 2);
  assert.deepEqual(await all(readOutcomes(file, { endBytes: 0 })), []);
});

test('an empty log has no outcomes', async (t) => {
  assert.deepEqual(await all(readOutcomes(await fileOf(t, ''))), []);
});

const DAMAGE: Array<[what: string, damaged: string]> = [
  ['half a line', '{"schema":1,"run":"sample","url":"http://exa'],
  ['JSON that is no outcome', '["http://example.com"]'],
  ['null', 'null'],
  ['another schema', JSON.stringify({ ...outcome(), schema: 2 })],
  ['an unknown verdict', JSON.stringify({ ...outcome(), verdict: 'constructor' })],
  ['a row without its URL', JSON.stringify({ ...outcome(), url: undefined })],
];

for (const [what, damaged] of DAMAGE) {
  test(`a damaged line in the middle is an error with its file and number: ${what}`, async (t) => {
    const file = await fileOf(t, `${line('http://a/')}\n${line('http://b/')}${damaged}\n${line('http://c/')}`);
    await assert.rejects(all(readOutcomes(file)), (error) => error instanceof UsageError && error.message.startsWith(`${file}:4: `));
  });
}

test('a file that cannot be an outcome log is refused before it fills memory', async (t) => {
  const file = await fileOf(t, Buffer.alloc(MAX_LOG_LINE_BYTES * 2, 'x'));
  await assert.rejects(all(readOutcomes(file)), /:1: not an outcome log/);
});

test('only the first fields of a row that is too long are read, and other rows are complete', async (t) => {
  const long = JSON.stringify({ ...outcome({ url: 'http://long/', verdict: 'broken' }), data: 'x'.repeat(MAX_LOG_LINE_BYTES + 300_000) });
  const outcomes = await all(readOutcomes(await fileOf(t, `${line('http://a/')}${long}\n${line('http://b/')}${line('http://c/')}`)));
  assert.deepEqual(
    outcomes.map(({ url, verdict, error }) => [url, verdict, error?.code]),
    [
      ['http://a/', 'ok', undefined],
      ['http://long/', 'broken', 'ROW_TOO_LONG'],
      ['http://b/', 'ok', undefined],
      ['http://c/', 'ok', undefined],
    ],
  );
});

test('a missing log is an error that names it', async () => {
  const missing = readOutcomes('/nonexistent/outcomes.ndjson');
  await assert.rejects(all(missing), (error) => error instanceof UsageError && error.message.includes('/nonexistent/outcomes.ndjson'));
});
