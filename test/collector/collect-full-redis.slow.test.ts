import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Redis } from 'ioredis';
import { collect } from '../../src/collector/collect.ts';
import { openRunFolder } from '../../src/collector/run-folder.ts';
import { silentLog } from '../../src/model/log.ts';
import { type RedisServer, startRedisServer } from '../helpers/redis-server.ts';
import { RedisCrawl } from './redis-crawl.ts';
import { RUN } from './scripted-engine.ts';
import { tempDir } from './temp-dir.ts';

/** Writes keys until Redis refuses more. */
async function fillUp(redis: Redis): Promise<void> {
  for (let bytes = 65_536; bytes >= 16; ) {
    try {
      await redis.rpush('junk', 'x'.repeat(bytes));
    } catch (error) {
      assert.match((error as Error).message, /OOM/);
      bytes /= 2;
    }
  }
}

let server: RedisServer;
let redis: Redis;

before(async () => {
  server = await startRedisServer({ args: ['--maxmemory', '8mb'] });
  redis = new Redis(server.url);
});

after(async () => {
  await redis.quit();
  await server.stop();
});

beforeEach(() => redis.del('junk'));

test('on a full Redis a run can be claimed, renewed and counted, and its outcomes released', async (t) => {
  const crawl = await RedisCrawl.open(t, server.url);
  const { engine } = crawl;
  await crawl.settle(300);
  const collector = { id: 'collector-1', folder: 'folder-1' };
  await fillUp(redis);
  await engine.claim(RUN, collector, 'fresh');
  await fillUp(redis);
  await engine.claim(RUN, collector, 'renew');
  await redis.del(crawl.key('lease'));
  await fillUp(redis);
  await engine.claim(RUN, collector, 'renew');
  assert.equal(await redis.get(crawl.key('lease')), collector.id);
  await fillUp(redis);
  assert.equal((await engine.counts(RUN)).unreleased, 300);
  const [last] = await redis.xrevrange(crawl.key('outcomes'), '+', '-', 'COUNT', 1);
  await fillUp(redis);
  await engine.release(RUN, last?.[0] as string, collector);
  assert.equal((await engine.counts(RUN)).unreleased, 0);
  assert.equal(await redis.xlen(crawl.key('outcomes')), 0);
});

test('a run on a full Redis is collected to its end', async (t) => {
  const crawl = await RedisCrawl.open(t, server.url);
  await crawl.settle(300);
  await crawl.seal();
  const folder = await openRunFolder(await tempDir(t), RUN);
  await fillUp(redis);
  const { state, books } = await collect(crawl.engine, RUN, folder, {}, silentLog, new AbortController().signal);
  assert.deepEqual([state, books.rows, books.balanced], ['ended', 300, true]);
  assert.equal((await crawl.engine.counts(RUN)).unreleased, 0);
});
