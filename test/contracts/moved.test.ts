import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { openRedisEngine } from '../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../src/model/log.ts';
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

test('no Redis command contains the credentials or cookies of a redirect, but its request does', async (t) => {
  // Needs its own server, because a monitor sees all clients.
  const server = await startRedisServer();
  const { url } = server;
  const redis = new Redis(url);
  const monitor = await redis.monitor();
  const engine = await openRedisEngine({ url, prefix: `secret-${randomUUID()}`, patience: 'always' }, silentLog);
  const secret = `pass${randomUUID()}`;
  const encoded = btoa(`user:${secret}`);
  const session = `session${randomUUID()}`;
  const commands: string[] = [];
  monitor.on('monitor', (_time: string, args: string[]) => commands.push(args.join(' ')));
  const target = await startSite((request, response) => {
    const isAllowed = request.headers.authorization === `Basic ${encoded}`;
    response.writeHead(isAllowed ? 302 : 401, { location: `${start.origin}/back` }).end();
  });
  const start = await startSite({
    host: '127.0.0.50',
    handler: (request, response) => {
      const location = target.origin.replace('//', `//user:${secret}@`);
      if (request.url !== '/back') response.writeHead(302, { location, 'set-cookie': `id=${session}` });
      else response.statusCode = request.headers.cookie === `id=${session}` ? 200 : 403;
      response.end();
    },
  });
  t.after(async () => {
    monitor.disconnect();
    redis.disconnect();
    await Promise.all([engine.close(), target.close(), start.close()]);
    await server.stop();
  });
  const { rows, logged } = await crawlLinks([`${start.origin}/`], { privateAddresses: 'allow' }, { engine });
  assert.doesNotMatch(JSON.stringify([rows, logged]), new RegExp(`${secret}|${encoded}|${session}`));
  assert.equal(rows[0]?.status, 200);
  assert.ok(
    commands.some((command) => command.includes('moved:')),
    'the monitor saw the entry move',
  );
  assert.deepEqual(
    commands.filter((command) => [secret, encoded, session].some((text) => command.includes(text))),
    [],
  );
});
