import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { startRedisServer } from '../helpers/redis-server.ts';
import { runCli, scratchFolder, startCli } from './run-cli.ts';

const COMMANDS = [['enqueue', 'one.txt'], ['crawl', 'one.txt'], ['worker'], ['status']];

test('every command refuses a Redis with another password, or a replica, and says what to do: exit 8', async (t) => {
  const cwd = await scratchFolder(t);
  await writeFile(join(cwd, 'one.txt'), 'http://127.0.0.1:9/');
  const locked = await startRedisServer();
  const locksmith = new Redis(locked.url);
  await locksmith.config('SET', 'requirepass', 'sesame');
  locksmith.disconnect();
  const master = await startRedisServer();
  const replica = await startRedisServer({ args: ['--replicaof', `127.0.0.1 ${master.port}`] });
  t.after(() => Promise.all([locked.stop(), master.stop(), replica.stop()]));
  const cases = [
    [locked.url, /NOAUTH.*give it in the URL/],
    [locked.url.replace('//', '//:wrong@'), /WRONGPASS.*correct it/],
    [replica.url, /read-only replica: use the address of its master/],
  ] as const;
  await Promise.all(
    cases.flatMap(([url, told]) =>
      COMMANDS.map(async (command) => {
        const { code, stderr } = await runCli(command, { cwd, env: { TRAWL_REDIS_URL: url } });
        assert.equal(code, 8, `${command} ${stderr}`);
        assert.match(stderr, told);
        assert.doesNotMatch(stderr, /wrong@|sesame/);
      }),
    ),
  );
});

test('a Redis that evicts keys is refused with the setting to change: exit 8', async (t) => {
  const cwd = await scratchFolder(t);
  await writeFile(join(cwd, 'one.txt'), 'http://127.0.0.1:9/');
  const evicting = await startRedisServer({ args: ['--maxmemory-policy', 'allkeys-lru'] });
  t.after(() => evicting.stop());
  await Promise.all(
    [['enqueue', 'one.txt'], ['worker']].map(async (command) => {
      const { code, stderr } = await runCli(command, { cwd, env: { TRAWL_REDIS_URL: evicting.url } });
      assert.equal(code, 8, stderr);
      assert.match(stderr, /evicts keys \(maxmemory-policy allkeys-lru\).*redis-cli config set maxmemory-policy noeviction/);
    }),
  );
});

test('a Redis that accepts connections but does not answer is awaited, with a message', async (t) => {
  const cwd = await scratchFolder(t);
  const server = await startRedisServer();
  t.after(() => server.stop());
  process.kill(server.pid, 'SIGSTOP');
  const status = startCli(['status'], { cwd, env: { TRAWL_REDIS_URL: server.url } });
  t.after(() => status.child.kill('SIGKILL'));
  await status.said('not responding yet; retrying (it may be loading data)');
  process.kill(server.pid, 'SIGCONT');
  const { code, stdout, stderr } = await status.result;
  assert.deepEqual([code, stdout], [0, 'No runs.\n'], stderr);
});

test('a Redis that stops accepting writes: workers wait, an enqueue stops, both log it; then all continue', async (t) => {
  const cwd = await scratchFolder(t);
  await writeFile(join(cwd, 'one.txt'), 'http://127.0.0.1:9/');
  const server = await startRedisServer();
  t.after(() => server.stop());
  const redis = new Redis(server.url);
  t.after(() => redis.quit());
  const env = { TRAWL_REDIS_URL: server.url };
  const worker = startCli(['worker'], { cwd, env });
  t.after(() => worker.child.kill('SIGKILL'));
  await worker.said('worker started');
  // Requiring more replicas than it has is the one refusal of writes that a test can cause at will.
  await redis.config('SET', 'min-replicas-to-write', '1');
  await worker.said('this worker is waiting for Redis');
  const refused = await runCli(['enqueue', 'one.txt'], { cwd, env });
  assert.equal(refused.code, 8, refused.stderr);
  assert.match(refused.stderr, /NOREPLICAS/);
  await redis.config('SET', 'min-replicas-to-write', '0');
  const { code, stdout, stderr } = await runCli(['crawl', '--no-work', '--retries', '0', 'one.txt'], { cwd, env });
  assert.equal(code, 2, stderr);
  assert.match(stdout, /Total: 1 URLs, 0 success, 1 failed/);
});
