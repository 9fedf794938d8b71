import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { replaceIfSilent } from '../../../../src/engine/redis/connection/connection.ts';
import { startProxy } from '../../../chaos/proxy.ts';
import { testRedis } from '../../../helpers/redis-server.ts';

test('a silently dropped connection is replaced, and pending commands are sent again', async (t) => {
  const { port } = new URL(await testRedis());
  const proxy = await startProxy(() => Number(port));
  const redis = new Redis(proxy.url);
  t.after(async () => {
    redis.disconnect();
    await proxy.close();
  });
  const said: string[] = [];
  let connections = 0;
  redis.on('connect', () => connections++);
  replaceIfSilent(redis, (message) => void said.push(message), { tryEveryMs: 50, givenUpMs: 500 });
  await redis.ping();
  // Commands sent from here on never arrive, and no error reports it.
  proxy.swallow('both', 200);
  assert.equal(await redis.echo('sent again'), 'sent again');
  assert.deepEqual([said, connections], [['no reply for 0.5 s: reconnecting'], 2]);
});
