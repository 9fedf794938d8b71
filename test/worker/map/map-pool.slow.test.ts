import assert from 'node:assert/strict';
import childProcess, { type ForkOptions } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MapPool, type MapPoolOptions } from '../../../src/worker/map/map-pool.ts';
import type { PageTask } from '../../../src/worker/map/mapper-messages.ts';
import { scratchFolder } from '../../cli/run-cli.ts';
import { until } from '../../contracts/crew.ts';

/** Long enough for every page of these tests: a page that takes longer fails its test. */
const LONG_MS = 60_000;

const page = (url: string, changes: Partial<PageTask> = {}): PageTask => ({
  url,
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: Buffer.from('<title>One</title><a href="/two">'),
  ...changes,
});

async function poolOf(t: TestContext, source: string, options: Partial<MapPoolOptions> = {}): Promise<MapPool> {
  const path = join(await scratchFolder(t), 'map it.mjs');
  await writeFile(path, source);
  const pool = new MapPool(path, { mappers: 1, ...options });
  t.after(() => pool.close());
  return pool;
}

const valuesOf = async (pool: MapPool, task: PageTask) => {
  const result = await pool.map(task, LONG_MS);
  assert.equal(result.kind, 'mapped', JSON.stringify(result));
  return result.kind === 'mapped' ? result.values : undefined;
};

const errorOf = async (pool: MapPool, task: PageTask, timeoutMs = LONG_MS) => {
  const result = await pool.map(task, timeoutMs);
  assert.ok(result.kind === 'failed', JSON.stringify(result));
  return result.error;
};

/** The URL says what the map does with the page. The next page must not notice. */
const FAULTS = `
export function map({ url }) {
  switch (url) {
    case 'throw': throw new TypeError('no title\\nhere');
    case 'reject': return Promise.reject(new Error('later'));
    case 'throw a string': throw 'just words';
    case 'throw an unprintable value': throw { toString() { throw new Error() } };
    case 'hang': return new Promise(() => {});
    case 'loop': for (;;);
    case 'regex': return /^(a+)+$/.test('a'.repeat(60) + 'b');
    case 'exit': return process.exit(3);
    case 'callback': return new Promise(() => setTimeout(() => { throw new Error('from a timer') }));
    case 'memory': { const all = []; for (;;) all.push(Array.from({ length: 10000 }, () => ({}))) }
    case 'table': { const all = new Map(); for (let i = 0; ; i++) all.set(i, i); }
    case 'one array': { const all = []; for (;;) all.push(1); }
    case 'kill': return process.kill(process.pid, 'SIGKILL');
    case 'abort': return process.abort();
    case 'bigint': return 1n;
    case 'huge': return 'x'.repeat(1_000_000);
    case 'take a moment': return new Promise((resolve) => setTimeout(() => resolve('took it'), 100));
    case 'leave a rejection': setTimeout(() => Promise.reject(new Error('left behind')), 0); return 'left';
  }
  return url;
}
`;

const CASES: ReadonlyArray<readonly [does: string, code: string, message: RegExp, timeoutMs?: number]> = [
  ['throw', 'MAP_THREW', /^the map threw: TypeError: no title \(map it\.mjs:4:25\)$/],
  ['reject', 'MAP_THREW', /^the map threw: later \(map it\.mjs:5:42\)$/],
  ['throw a string', 'MAP_THREW', /^the map threw: just words$/],
  ['throw an unprintable value', 'MAP_THREW', /^the map threw: a value that cannot be shown$/],
  ['hang', 'MAP_TIMEOUT', /^the map did not end within 300 ms: --map-timeout allows more$/, 300],
  ['loop', 'MAP_TIMEOUT', /within 300 ms/, 300],
  ['regex', 'MAP_TIMEOUT', /within 300 ms/, 300],
  ['exit', 'MAP_ENDED', /^the map ended its process: it exited with code 3$/],
  ['callback', 'MAP_ENDED', /^the map ended its process: from a timer \(map it\.mjs:12:\d+\)$/],
  ['memory', 'MAP_ENDED', /^the map ended its process: it used more than 48 MB of memory, or aborted$/],
  ['table', 'MAP_ENDED', /^the map ended its process: it used more than 48 MB of memory, or aborted$/],
  ['one array', 'MAP_ENDED', /^the map ended its process: it used more than 48 MB of memory, or aborted$/],
  ['kill', 'MAP_ENDED', /^the map ended its process: it was ended by SIGKILL$/],
  ['abort', 'MAP_ENDED', /^the map ended its process: it used more than 48 MB of memory, or aborted$/],
  ['bigint', 'MAP_VALUE', /not valid JSON/],
  ['huge', 'MAP_VALUE', /the maximum is 1000000/],
];

test('a map that misbehaves harms only its page', async (t) => {
  const pool = await poolOf(t, FAULTS, { heapMb: 48 });
  assert.deepEqual(await valuesOf(pool, page('before')), ['before']);
  for (const [does, code, message, timeoutMs] of CASES) {
    await t.test(does, async () => {
      const error = await errorOf(pool, page(does), timeoutMs);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.deepEqual(await valuesOf(pool, page('after')), ['after']);
      assert.equal(pool.size, 1);
    });
  }
});

test('waiting pages are mapped while another page hangs', async (t) => {
  const pool = await poolOf(t, FAULTS);
  await valuesOf(pool, page('first'));
  const [hung, ...others] = await Promise.all([pool.map(page('loop'), 300), ...['a', 'b', 'c'].map((url) => valuesOf(pool, page(url)))]);
  assert.equal(hung.kind, 'failed');
  assert.deepEqual(others, [['a'], ['b'], ['c']]);
});

test('state left behind by a page does not fail the next one', async (t) => {
  const pool = await poolOf(t, FAULTS);
  assert.deepEqual(await valuesOf(pool, page('leave a rejection')), ['left']);
  assert.deepEqual(await valuesOf(pool, page('take a moment')), ['took it']);
});

test('a page has a URL, a status, headers, bytes, text and selectors', async (t) => {
  const pool = await poolOf(
    t,
    `export const map = async ({ url, status, headers, body, text, $, meta }) => [[
       url, status, headers.server, body.constructor.name, body.length, text.slice(0, 7), $('title').text(), $('a').prop('href'), meta,
     ]]`,
  );
  const task = page('http://a.test/one', { headers: { server: 'x, y' }, meta: { id: 7 } });
  assert.deepEqual(await valuesOf(pool, task), [
    ['http://a.test/one', 200, 'x, y', 'Uint8Array', 33, '<title>', 'One', 'http://a.test/two', { id: 7 }],
  ]);
  assert.equal(task.body.length, 33, 'the caller still has the body');
});

test('text is decoded as its header says, and XML is parsed as XML', async (t) => {
  const pool = await poolOf(t, `export const map = ({ text, $ }) => [text, $('link').text()]`);
  const german = { body: Buffer.from('gr\u00fc\u00dfe', 'latin1'), headers: { 'content-type': 'text/plain; charset=iso-8859-1' } };
  assert.deepEqual(await valuesOf(pool, page('a', german)), ['grüße', '']);
  const feed = { body: Buffer.from('<rss><link>http://a.test/</link></rss>'), headers: { 'content-type': 'application/rss+xml' } };
  assert.deepEqual(await valuesOf(pool, page('b', feed)), ['<rss><link>http://a.test/</link></rss>', 'http://a.test/']);
});

test('selectors are loaded only by a map that uses them', async (t) => {
  const pool = await poolOf(
    t,
    `import { createRequire } from 'node:module';
     const loaded = () => Object.keys(createRequire(import.meta.url).cache).filter((path) => path.includes('/cheerio/')).length > 0;
     export const map = (page) => { const before = loaded(); page.$('a'); return [before, loaded()]; }`,
  );
  assert.deepEqual(await valuesOf(pool, page('a')), [false, true]);
});

test('a CommonJS module works too', async (t) => {
  const path = join(await scratchFolder(t), 'map.cjs');
  await writeFile(path, 'const lib = { map: ({ url }) => url }; module.exports = lib;');
  const pool = new MapPool(path, { mappers: 1 });
  t.after(() => pool.close());
  assert.deepEqual(await valuesOf(pool, page('a')), ['a']);
});

test('mappers are started as pages need them, up to the limit, and end when idle', async (t) => {
  const pool = await poolOf(t, `export const map = () => process.pid`, {
    mappers: 2,
    idleMs: 50,
  });
  assert.equal(pool.size, 0);
  await valuesOf(pool, page('a'));
  await valuesOf(pool, page('b'));
  assert.equal(pool.size, 1);
  const ids = await Promise.all(Array.from({ length: 10 }, (_, n) => valuesOf(pool, page(String(n)))));
  assert.equal(new Set(ids.flat()).size, 2);
  await until(() => pool.size === 0, 'idle mappers are ended');
  assert.equal((await valuesOf(pool, page('again')))?.length, 1);
});

test('closing ends an endless map', async (t) => {
  const pool = await poolOf(t, FAULTS);
  await valuesOf(pool, page('first'));
  const hung = errorOf(pool, page('loop'));
  const waiting = errorOf(pool, page('waits'));
  await pool.close();
  assert.deepEqual([(await hung).code, (await waiting).code], ['MAP_ENDED', 'MAP_ENDED']);
});

test('a module that can no longer be loaded leaves the page unmapped, with the reason', async (t) => {
  const pool = new MapPool(join(await scratchFolder(t), 'gone.mjs'), { mappers: 1 });
  t.after(() => pool.close());
  const result = await pool.map(page('a'), LONG_MS);
  assert.ok(result.kind === 'unmapped', JSON.stringify(result));
  assert.equal(result.problem.kind, 'unloadable');
  assert.match(result.problem.message, /gone\.mjs/);
});

/** Makes calls of `fork` in this process fail until `mend` is called. */
function failForks(t: TestContext, how: 'throw' | 'error' | 'die') {
  const { fork } = childProcess;
  const mend = () => {
    childProcess.fork = fork;
    syncBuiltinESMExports();
  };
  t.after(mend);
  childProcess.fork = ((program: string, args: string[], options: ForkOptions) => {
    if (how === 'throw') throw new Error('spawn ENOMEM');
    return fork(program, args, { ...options, execPath: how === 'error' ? '/nowhere/node' : '/bin/false' });
  }) as typeof fork;
  syncBuiltinESMExports();
  return mend;
}

for (const [how, message] of [
  ['throw', /no process can be started for it: spawn ENOMEM/],
  ['error', /no process can be started for it: spawn \/nowhere\/node ENOENT/],
  ['die', /no process can be started for it: it exited with code 1/],
] as const) {
  test(`pages stay unmapped while no process can be started (${how}), and are mapped again afterwards`, async (t) => {
    const pool = await poolOf(t, FAULTS);
    const mend = failForks(t, how);
    for (const result of await Promise.all(['a', 'b', 'c'].map((url) => pool.map(page(url), LONG_MS)))) {
      assert.ok(result.kind === 'unmapped', JSON.stringify(result));
      assert.equal(result.problem.kind, 'unstarted');
      assert.match(result.problem.message, message);
    }
    assert.match((await pool.loadProblem())?.message ?? '', message);
    mend();
    assert.deepEqual(await valuesOf(pool, page('d')), ['d']);
  });
}

test('if no further process can be started, pages share the running ones', async (t) => {
  const pool = await poolOf(t, FAULTS, { mappers: 3 });
  assert.deepEqual(await valuesOf(pool, page('first')), ['first']);
  failForks(t, 'throw');
  const results = await Promise.all(['take a moment', 'b', 'c', 'd'].map((url) => valuesOf(pool, page(url))));
  assert.deepEqual(results, [['took it'], ['b'], ['c'], ['d']]);
  assert.match(pool.startProblem ?? '', /ENOMEM/);
});

test('a map that sends its own messages fails only its page', async (t) => {
  const pool = await poolOf(
    t,
    `export function map({ url }) {
       for (const sent of [7, null, 'text', { number: 1 }, { number: 1, reply: 7 }, { dying: {} }]) process.send(sent);
       if (url === 'no JSON') process.send({ number: 2, reply: { kind: 'mapped', json: '{' } });
       return url;
     }`,
  );
  const [first, second] = [await pool.map(page('a'), LONG_MS), await pool.map(page('no JSON'), LONG_MS)];
  assert.equal(first.kind, 'failed');
  assert.ok(second.kind === 'failed' && second.error.code === 'MAP_VALUE', JSON.stringify(second));
});
