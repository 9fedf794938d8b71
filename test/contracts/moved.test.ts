import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { silentLog } from '../../src/core/log.ts';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { openRedisEngine } from '../../src/engine/redis/redis-engine.ts';
import { startRedisServer, testRedis } from '../helpers/redis-server.ts';
import { startSite } from '../helpers/site.ts';
import { crawlLinks } from '../worker/crawl-links.ts';
import { movedContract } from './moved.contract.ts';

movedContract('memory', async () => [createMemoryEngine()]);

movedContract('redis', async () => {
  const url = await testRedis();
  const prefix = `moved-${randomUUID()}`;
  const open = () => openRedisEngine({ url, prefix, patience: 'always' }, silentLog);
  return [await open(), await open()];
});

test('no command to Redis has the credentials of a redirect, and it is followed with them', async (t) => {
  // One of its own: a monitor sees what everybody does.
  const server = await startRedisServer();
  const { url } = server;
  const redis = new Redis(url);
  const monitor = await redis.monitor();
  const engine = await openRedisEngine({ url, prefix: `secret-${randomUUID()}`, patience: 'always' }, silentLog);
  const secret = `pass${randomUUID()}`;
  const encoded = btoa(`user:${secret}`);
  const commands: string[] = [];
  monitor.on('monitor', (_time: string, args: string[]) => commands.push(args.join(' ')));
  const target = await startSite((request, response) => {
    response.statusCode = request.headers.authorization === `Basic ${encoded}` ? 200 : 401;
    response.end();
  });
  const start = await startSite({
    host: '127.0.0.50',
    handler: (_request, response) => response.writeHead(302, { location: target.origin.replace('//', `//user:${secret}@`) }).end(),
  });
  t.after(async () => {
    monitor.disconnect();
    redis.disconnect();
    await Promise.all([engine.close(), target.close(), start.close()]);
    await server.stop();
  });
  const { rows } = await crawlLinks([`${start.origin}/`], { privateAddresses: 'allow' }, { engine });
  assert.equal(rows[0]?.status, 200);
  assert.ok(
    commands.some((command) => command.includes('moved:')),
    'the monitor saw the entry move',
  );
  assert.deepEqual(
    commands.filter((command) => command.includes(secret) || command.includes(encoded)),
    [],
  );
});
