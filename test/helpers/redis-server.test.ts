import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { findRedisBinary } from './redis-binary.ts';
import { startRedisServer, testRedis } from './redis-server.ts';
import { TYPESCRIPT_FLAGS } from './typescript-flags.ts';

test('a started server answers, never evicts, and is gone with its folder after stop', async () => {
  const server = await startRedisServer();
  const client = new Redis(server.url);
  assert.deepEqual(await client.config('GET', 'maxmemory-policy'), ['maxmemory-policy', 'noeviction']);
  await client.quit();
  await server.stop();
  await server.stop();
  assert.equal(await isListening(server.port), false);
  assert.equal(existsSync(server.dir), false);
});

test('a killed server comes back on its port with the data that it had written', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'trawl-redis-test-'));
  const args = ['--appendonly', 'yes', '--appendfsync', 'always'];
  const first = await startRedisServer({ dir, args });
  const writer = new Redis(first.url);
  await writer.set('kept', 'yes');
  writer.disconnect();
  await first.kill();
  assert.equal(await isListening(first.port), false);

  const second = await startRedisServer({ dir, args, port: first.port });
  const reader = new Redis(second.url);
  assert.equal(await reader.get('kept'), 'yes');
  reader.disconnect();
  await second.stop();
  assert.equal(existsSync(dir), true);
  rmSync(dir, { recursive: true });
});

test('a server does not outlive a process that is killed', async () => {
  const script = `import { startRedisServer } from ${JSON.stringify(new URL('redis-server.ts', import.meta.url).href)};
    const server = await startRedisServer();
    console.log(server.port);
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, [...TYPESCRIPT_FLAGS, '--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(owner.stdout, 'data')) as [Buffer];
  const port = Number(line.toString());
  assert.equal(await isListening(port), true);
  owner.kill('SIGKILL');
  const deadlineMs = performance.now() + 20_000;
  while ((await isListening(port)) && performance.now() < deadlineMs) await delay(20);
  assert.equal(await isListening(port), false);
});

test('a port in use is an error, and the server on it is not used', async () => {
  const server = await startRedisServer();
  await assert.rejects(startRedisServer({ port: server.port }), /did not start/);
  await server.stop();
});

test('all callers get the same shared server', async () => {
  assert.equal(await testRedis(), await testRedis());
});

test('an unknown way to find Redis is refused', () => {
  assert.throws(() => findRedisBinary({ TRAWL_TEST_REDIS: 'unpak' }), /leave it out, or set it to "unpack"/);
});

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
