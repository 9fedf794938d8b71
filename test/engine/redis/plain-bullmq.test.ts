import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Queue } from 'bullmq';
import { openRedisEngine } from '../../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../../src/model/log.ts';
import { collectAll, done, startCrew, until } from '../../contracts/crew.ts';
import { testRedis } from '../../helpers/redis-server.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/enqueue-with-bullmq.mjs', import.meta.url));

test('a run enqueued with plain BullMQ is opened, fetched and sealed, as docs/cluster.md shows', async (t) => {
  const url = await testRedis();
  const prefix = `plain-${randomUUID()}`;
  const engine = await openRedisEngine({ url, prefix, patience: 'always' }, silentLog);
  t.after(() => engine.close());
  const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
  const example = spawn(process.execPath, [EXAMPLE], { env: { ...process.env, TRAWL_REDIS_URL: url, TRAWL_PREFIX: prefix } });
  let printed = '';
  example.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  assert.deepEqual(await once(example, 'close'), [0, null]);
  const run = printed.trim();
  await until(async () => (await engine.runs()).includes(run), 'the run was opened');
  const { outcomes } = await collectAll(engine, run);
  await crew.stop();
  assert.deepEqual(outcomes.map(({ line, url: fetched }) => [line, fetched]).sort(), [
    [1, 'http://127.0.0.1:8808/get?plain=1'],
    [2, 'http://127.0.0.1:8808/get?plain=2'],
    [3, 'http://127.0.0.1:8808/status/404'],
  ]);
});

test('a foreign job is refused, and the batches behind it are accepted', async (t) => {
  const url = await testRedis();
  const prefix = `refused-${randomUUID()}`;
  const complaints: string[] = [];
  const log = { ...silentLog, error: (_: object, message: string) => complaints.push(message) };
  const engine = await openRedisEngine({ url, prefix, patience: 'always' }, log);
  const urls = new Queue('urls', { connection: { url }, prefix: `{${prefix}}` });
  t.after(() => Promise.all([engine.close(), urls.close()]));
  const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
  const refused = [
    { run: 'r', lines: ['http://a.test/'] },
    { run: '12', batch: 0, lines: [] },
    { run: 'r', batch: 0, lines: Array.from({ length: 1_001 }, () => 'http://a.test/') },
    { run: 'r', batch: 0, lines: [], options: { timeoutMs: 'soon' } },
    'nonsense',
  ];
  for (const data of refused) await urls.add('batch', data);
  await urls.add('batch', { run: 'good', batch: 0, lines: ['http://a.test/'], options: { timeoutMs: 1_000 } });
  await urls.add('seal', { run: 'good', batches: 1 });
  await until(async () => (await engine.runs()).includes('good'), 'the run was opened');
  assert.equal((await collectAll(engine, 'good')).outcomes.length, 1);
  assert.equal((await engine.options('good')).timeoutMs, 1_000);
  await crew.stop();
  assert.equal(complaints.length, refused.length, complaints.join('\n'));
  assert.ok(!(await engine.runs()).includes('r'));
});

test('a seal that arrives before the first batch leaves the run with the options of that batch', async (t) => {
  const url = await testRedis();
  const prefix = `sealed-${randomUUID()}`;
  const engine = await openRedisEngine({ url, prefix, patience: 'always' }, silentLog);
  const urls = new Queue('urls', { connection: { url }, prefix: `{${prefix}}` });
  t.after(() => Promise.all([engine.close(), urls.close()]));
  const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
  await urls.add('seal', { run: 'late', batches: 1 });
  await until(async () => (await urls.getActiveCount()) === 1, 'the seal to be taken');
  await urls.add('batch', { run: 'late', batch: 0, lines: ['http://a.test/'], options: { timeoutMs: 1_000 } });
  await until(async () => (await engine.runs()).includes('late'), 'the run was opened');
  assert.equal((await collectAll(engine, 'late')).outcomes.length, 1);
  assert.equal((await engine.options('late')).timeoutMs, 1_000);
  await crew.stop();
});
