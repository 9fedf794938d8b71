import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { openRedisEngine } from '../../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../../src/model/log.ts';
import { within } from '../../../src/util/async.ts';
import { startCuttableLine } from '../../helpers/cuttable-line.ts';
import { testRedis } from '../../helpers/redis-server.ts';
import { DEADLINE_MS } from '../../helpers/until.ts';

test('a worker that starts while Redis is away can still be stopped', async (t) => {
  const url = new URL(await testRedis());
  const line = await startCuttableLine(Number(url.port));
  url.port = String(line.port);
  const engine = await openRedisEngine({ url: url.href, prefix: `stop-${randomUUID()}`, patience: 'always' }, silentLog);
  t.after(() => engine.close());
  await line.cut();
  const stop = new AbortController();
  const working = engine.work(async () => {}, { concurrency: 1, drainMs: 0, worker: 'w' }, stop.signal);
  stop.abort();
  assert.ok(await within(DEADLINE_MS, working));
});
