import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { openRunFolder, writeRunFile } from '../../src/collector/run-folder.ts';
import { defaultRunOptions } from '../../src/options/load-config.ts';
import { parseScheduledJob } from '../../src/options/parse-scheduled-job.ts';
import { startRedisServer } from '../helpers/redis-server.ts';
import { until } from '../helpers/until.ts';
import { caller } from './api-caller.ts';
import { startTestServer, TOKEN } from './test-server.ts';

/** A time that does not come while the test runs. */
const NEW_YEAR = '0 3 1 1 *';

test('a schedule is added, listed, replaced, triggered and removed', async (t) => {
  const server = await startTestServer(t);
  const call = caller(server);
  assert.deepEqual((await call('listSchedules')).json(), { total: 0, schedules: [] });
  const added = (
    await call(
      'addSchedule',
      {},
      {
        name: 'nightly',
        cron: NEW_YEAR,
        timezone: 'Europe/Berlin',
        urls: ['https://a.example/'],
        sitemaps: ['https://a.example/sitemap.xml'],
        listUrls: ['https://a.example/urls.txt'],
        list: 'https://b.example/\nhttps://c.example/',
        options: { depth: '2', header: ['Authorization: Basic abc'] },
      },
    )
  ).json();
  assert.deepEqual([added.name, added.done, /-01-01T02:00:00/.test(added.nextAt)], ['nightly', 'added', true]);

  const [kept] = await server.schedules.list();
  const { options, sources } = parseScheduledJob(kept?.job ?? '');
  assert.deepEqual([options.depth, options.robots, options.privateAddresses], [2, true, 'deny']);
  assert.deepEqual(
    sources.map((source) => (source.kind === 'stored' ? source.text : `${source.kind} ${source.url}`)),
    [
      'url https://a.example/',
      'sitemap https://a.example/sitemap.xml',
      'list-url https://a.example/urls.txt',
      'https://b.example/\nhttps://c.example/',
    ],
  );
  const listed = await call('listSchedules');
  assert.doesNotMatch(listed.text, /abc/);
  assert.deepEqual(listed.json(), {
    total: 1,
    schedules: [
      {
        name: 'nightly',
        cron: NEW_YEAR,
        timezone: 'Europe/Berlin',
        sources: ['https://a.example/', 'https://a.example/sitemap.xml', 'https://a.example/urls.txt', 'list'],
        overdue: false,
        nextAt: added.nextAt,
      },
    ],
  });

  const again = { name: 'nightly', cron: '0 4 1 1 *', list: 'https://a.example/' };
  const refused = await call('addSchedule', {}, again);
  assert.equal(refused.status, 409);
  assert.match(refused.json().error, /schedule nightly already exists/);
  assert.equal((await call('addSchedule', {}, { ...again, replace: true })).json().done, 'replaced');
  assert.equal((await call('listSchedules')).json().schedules[0].timezone, 'UTC');

  assert.deepEqual((await call('runSchedule', { name: 'nightly' })).json(), { name: 'nightly', done: 'triggered' });
  assert.deepEqual((await call('removeSchedule', { name: 'nightly' })).json(), { name: 'nightly', done: 'removed' });
  for (const name of ['runSchedule', 'removeSchedule'] as const) {
    assert.equal((await call(name, { name: 'nightly' })).status, 404);
    assert.equal((await call(name, { name: '..%2f..' })).status, 404);
  }
  assert.deepEqual(await server.schedules.list(), []);
});

test('the last run of a schedule is listed with its result, also when only this machine knows it', async (t) => {
  const { engine, schedules, dataDir, send } = await startTestServer(t);
  const stop = new AbortController();
  await schedules.add('shop', { cron: NEW_YEAR, timezone: 'UTC' }, shopJob());
  await schedules.trigger('shop', Date.now());
  // A worker that takes the time and begins the run.
  const watching = schedules.watch(async (due) => {
    await due.begin('shop-1');
    await engine.openRun(defaultRunOptions(), 'shop-1');
    await due.note('a remark');
  }, stop.signal);
  const shop = async () => (await send('GET', '/api/schedules')).json().schedules[0];
  await until(async () => (await shop()).lastResult !== undefined && (await shop()).note !== undefined, 'the run');
  stop.abort();
  await watching;
  const { lastRun, lastResult, note } = await shop();
  assert.deepEqual([lastRun, note], ['shop-1', 'a remark']);
  assert.deepEqual(lastResult, { state: 'open', urls: 0, settled: 0, ok: 0, failed: 0, skipped: 0 });

  await engine.remove('shop-1');
  assert.deepEqual([(await shop()).lastRun, (await shop()).lastResult], ['shop-1', undefined]);
  const books = { submitted: 3, duplicates: 0, accepted: 3, discovered: 0, rows: 3, ok: 2, failed: 1, skipped: 0, balanced: true };
  const folder = await openRunFolder(dataDir, 'shop-1');
  await writeRunFile(folder, { summary: { run: 'shop-1', state: 'ended', startedAt: new Date().toISOString(), books } });
  await writeFile(folder.outcomesFile, '');
  assert.deepEqual((await shop()).lastResult, { state: 'ended', urls: 3, settled: 3, ok: 2, failed: 1, skipped: 0 });
});

test('a schedule that this version cannot read, or whose last run has a damaged folder, hides no other', async (t) => {
  const { send, schedules, dataDir } = await startTestServer(t);
  await schedules.add('newer', { cron: NEW_YEAR, timezone: 'UTC' }, '{"kind":"of a newer version"}');
  await schedules.add('shop', { cron: NEW_YEAR, timezone: 'UTC' }, shopJob());
  const stop = new AbortController();
  await schedules.trigger('shop', Date.now());
  const watching = schedules.watch(async (due) => void (await due.begin('shop-1')), stop.signal);
  await until(async () => (await schedules.list()).some(({ run }) => run === 'shop-1'), 'the run');
  stop.abort();
  await watching;
  const { runFile } = await openRunFolder(dataDir, 'shop-1');
  await writeFile(runFile, 'no JSON');
  const listed = (await send('GET', '/api/schedules')).json().schedules;
  assert.deepEqual(
    listed.map(({ name, sources, lastRun }: Record<string, unknown>) => [name, sources, lastRun]),
    [
      ['newer', [], undefined],
      ['shop', ['https://a.example/'], 'shop-1'],
    ],
  );
});

function shopJob(): string {
  return JSON.stringify({ options: defaultRunOptions(), sources: [{ kind: 'url', url: 'https://a.example/' }] });
}

const SCHEDULE = { name: 'mine', cron: NEW_YEAR, list: 'https://a.example/' };
const REFUSED: ReadonlyArray<readonly [what: string, body: Record<string, unknown>, says: RegExp]> = [
  ['a bad name', { name: '../x' }, /name: use a letter/],
  ['a cron that cannot be read', { cron: 'every day' }, /^cron: /],
  ['a time that never comes', { cron: '0 0 31 2 *' }, /^cron: /],
  ['an unknown time zone', { timezone: 'Mars/Base' }, /^timezone: /],
  ['no source', { list: undefined }, /at least one of list, urls, sitemaps and listUrls/],
  ['an empty list', { list: ' \n' }, /the list is empty/],
  ['a list that is too long', { list: `https://a.example/${'x'.repeat(1_000_000)}` }, /too large/],
  ['URLs that are too long together', { urls: Array.from({ length: 1_001 }, () => `https://a.example/${'x'.repeat(1_000)}`) }, /too large/],
  ['credentials in a list', { list: 'https://me:pass@a.example/' }, /credentials in a URL/],
  ['credentials in a URL', { urls: ['https://me:pass@a.example/'] }, /credentials in a URL/],
  ['a word that only sitemaps may be', { urls: ['auto'] }, /^auto is not a URL/],
  ['an empty URL', { list: undefined, urls: [''] }, /^"" is not a URL/],
  ['a comment for a URL', { urls: ['# none'] }, /is not a URL/],
  ['credentials on the second line of a URL', { urls: ['https://a.example/\nhttps://me:pass@b.example/'] }, /it has several lines/],
  ['a file for a list', { listUrls: ['file:///etc/passwd'] }, /is not a URL/],
  ['sitemaps of no site', { sitemaps: ['auto'] }, /sitemap auto needs a URL/],
  ['a file for a sitemap', { sitemaps: ['/etc/passwd'] }, /is not a URL/],
  ['an unknown field', { run: 'mine' }, /Unrecognized key: "run"/],
  ['an unknown option', { options: { colour: 'red' } }, /Unrecognized key: "colour"/],
  ['a value that is wrong', { options: { timeout: '5' } }, /options: timeout: .*has no unit/],
  ['a module', { options: { map: '/etc/passwd' } }, /Unrecognized key: "map"/],
  ['an environment variable', { options: { header: 'X: env:HOME' } }, /env:NAME is not allowed/],
  ['private addresses', { options: { private: 'allow' } }, /does not let runs reach private addresses/],
];

test('a schedule that is wrong, or asks for what is not allowed here, is refused and not kept', async (t) => {
  const { send, schedules } = await startTestServer(t);
  for (const [what, change, says] of REFUSED) {
    const answer = await send('POST', '/api/schedules', { body: { ...SCHEDULE, ...change } });
    assert.equal(answer.status, 400, `${what}: ${answer.text}`);
    assert.match(answer.json().error, says, what);
  }
  assert.equal((await send('POST', '/api/schedules', { body: { ...SCHEDULE, list: 'x'.repeat(5_000_000) } })).status, 413);
  assert.deepEqual(await schedules.list(), []);
});

test('of several schedules that are added under one name at the same time, one is kept', async (t) => {
  const { send, schedules } = await startTestServer(t);
  const lists = Array.from({ length: 8 }, (_, index) => `https://a.example/${index}`);
  const answers = await Promise.all(lists.map((list) => send('POST', '/api/schedules', { body: { ...SCHEDULE, list } })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array.from({ length: 7 }, () => 409)]);
  const [kept] = await schedules.list();
  const [source] = parseScheduledJob(kept?.job ?? '').sources;
  assert.equal(source?.kind === 'stored' && source.text, lists[answers.findIndex(({ status }) => status === 201)]);
});

test('a schedule is neither shown nor changed for other sites, or without the token', async (t) => {
  const { send, schedules } = await startTestServer(t, { token: TOKEN });
  await schedules.add('mine', { cron: NEW_YEAR, timezone: 'UTC' }, '{"options":{},"sources":[]}');
  const authorization = `Bearer ${TOKEN}`;
  const requests = [
    ['GET', '/api/schedules', undefined],
    ['POST', '/api/schedules', SCHEDULE],
    ['POST', '/api/schedules/mine/run', undefined],
    ['DELETE', '/api/schedules/mine', undefined],
  ] as const;
  for (const [method, path, body] of requests) {
    assert.equal((await send(method, path, { body })).status, 401, `${method} ${path}`);
    const foreign = { authorization, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    assert.equal((await send(method, path, { body, headers: foreign })).status, 403, `${method} ${path}`);
    const form = { authorization, 'content-type': 'text/plain' };
    if (method !== 'GET') assert.equal((await send(method, path, { body, headers: form })).status, 415, `${method} ${path}`);
  }
  assert.equal((await schedules.list()).length, 1);
  assert.equal((await send('DELETE', '/api/schedules/mine', { headers: { authorization } })).status, 200);
});

test('without Redis schedules are not changed, and the server recovers', async (t) => {
  const redis = await startRedisServer();
  t.after(() => redis.stop());
  const { send } = await startTestServer(t, { redisUrl: redis.url });
  assert.equal((await send('GET', '/api/schedules')).status, 200);
  await redis.kill();
  await until(async () => (await send('GET', '/readyz')).status === 503, 'the server to notice');
  for (const [method, path] of [
    ['GET', '/api/schedules'],
    ['POST', '/api/schedules'],
    ['DELETE', '/api/schedules/mine'],
  ] as const) {
    const answer = await send(method, path, { ...(method === 'POST' && { body: SCHEDULE }) });
    assert.equal(answer.status, 503, `${method} ${path}`);
    assert.match(answer.json().error, /Redis is unreachable/);
  }
  const again = await startRedisServer({ port: redis.port, dir: redis.dir });
  t.after(() => again.stop());
  await until(async () => (await send('GET', '/readyz')).status === 200, 'the server to recover');
  await until(async () => (await send('POST', '/api/schedules', { body: SCHEDULE })).status === 201, 'the schedules to be back');
  assert.equal((await send('GET', '/api/schedules')).json().total, 1);
});
