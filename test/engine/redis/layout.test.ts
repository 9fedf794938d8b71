import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { packEntry } from '../../../src/engine/redis/frontier/wire-format.ts';
import { LAYOUT } from '../../../src/engine/redis/layout.ts';
import { openRedisEngine } from '../../../src/engine/redis/redis-engine.ts';
import type { Entry } from '../../../src/model/entry.ts';
import { silentLog } from '../../../src/model/log.ts';
import { testRedis } from '../../helpers/redis-server.ts';

test('the first process stores the layout of a deployment, and a version that does not know it is refused', async (t) => {
  const url = await testRedis();
  const prefix = `layout-${randomUUID()}`;
  const key = `{${prefix}}:layout`;
  const redis = new Redis(url);
  t.after(() => redis.quit());
  const open = () => openRedisEngine({ url, prefix, patience: 'none' }, silentLog);

  await (await open()).close();
  assert.equal(await redis.get(key), String(LAYOUT));
  await (await open()).close();

  await redis.set(key, LAYOUT + 1);
  await assert.rejects(open(), {
    name: 'RedisUnavailableError',
    message: `the runs on this Redis have layout ${LAYOUT + 1}, and this version of Trawl knows layout ${LAYOUT}: finish them with the version that began them, or use another --prefix`,
  });
  assert.equal(await redis.get(key), String(LAYOUT + 1), 'what another version wrote is left alone');
});

test('entries of layout 1 are packed as before; if this changes, raise LAYOUT', () => {
  assert.equal(LAYOUT, 1);
  const plain: Entry = {
    key: '00000000000000aa',
    url: 'http://a.test/page?q=1',
    origin: 'http://a.test',
    depth: 0,
    attempts: 0,
    deferrals: 0,
    acceptedAtMs: 1_700_000_000_000,
    line: 7,
  };
  assert.equal(packEntry(plain), '["/page?q=1",1700000000000,7]');
  const chain = { home: 'http://a.test', url: 'http://b.test/', redirects: [], requests: 1, startedAtMs: 5, usedMs: 6 };
  const full: Entry = {
    ...plain,
    attempts: 1,
    deferrals: 2,
    depth: 3,
    input: 'a.test/page?q=1',
    source: 'list.txt',
    referrer: 'http://a.test/',
    identity: 'line',
    request: { method: 'HEAD' },
    hostNamed: true,
    external: true,
    root: 'http://a.test/',
    spentMs: 9,
    chain,
    linkedPrivately: true,
  };
  assert.equal(
    packEntry(full),
    `["/page?q=1",1700000000000,7,1,2,3,"a.test/page?q=1","list.txt","http://a.test/","line",{"method":"HEAD"},1,1,"http://a.test/",9,${JSON.stringify(chain)},1]`,
  );
});
