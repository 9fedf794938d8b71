import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectRedis } from '../../../../src/engine/redis/connection/connection.ts';
import type { Log } from '../../../../src/model/log.ts';
import { startRedisServer } from '../../../helpers/redis-server.ts';
import { DEADLINE_MS, until } from '../../../helpers/until.ts';

function recorded(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const line = (_: object, message: string) => void lines.push(message);
  return { log: { debug: line, info: line, warn: line, error: line }, lines };
}

test('a worker logs nothing if Redis starts soon after it; a long wait, or a process that owns runs, logs the error', async (t) => {
  const { port, url, stop } = await startRedisServer();
  await stop();
  const worker = recorded();
  const collector = recorded();
  const worked = connectRedis({ url, patience: 'always', onlyWorks: true }, worker.log, DEADLINE_MS);
  // It starts second, so the worker has been refused too once this one has been.
  const collected = connectRedis({ url, patience: 'always' }, collector.log, 0);
  await until(() => collector.lines.length > 0, 'the complaint of the collector');
  const redis = await startRedisServer({ port });
  t.after(() => redis.stop());
  for (const connection of await Promise.all([worked, collected])) connection.disconnect();
  assert.deepEqual(worker.lines, []);
  const messages = collector.lines.map((line) => line.replace(`Redis at ${url}`, 'Redis').replace(/ECONNREFUSED .*/, 'ECONNREFUSED'));
  assert.deepEqual(messages.slice(0, 2), ['Redis: connect ECONNREFUSED', 'Redis is back']);
  assert.match(messages[2] ?? '', /^this Redis does not write to disk/);
});
