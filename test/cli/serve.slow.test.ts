import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { testRedis } from '../helpers/redis-server.ts';
import { until } from '../helpers/until.ts';
import { runCli, scratchFolder, startCli } from './run-cli.ts';

test('trawl serve listens, serves, and ends on a signal', async (t) => {
  const cwd = await scratchFolder(t);
  const env = { TRAWL_REDIS_URL: await testRedis(), TRAWL_PREFIX: `test-${randomUUID()}`, TRAWL_TOKEN: '0123456789abcdef' };
  const serve = startCli(['serve', '--listen', '127.0.0.1:0'], { cwd, env });
  t.after(() => serve.child.kill('SIGKILL'));
  await serve.said('listening on http://127.0.0.1:');
  let said = '';
  serve.child.stderr?.on('data', (text: string) => (said += text));
  const config = await runCli(['config', 'serve'], { cwd, env });
  assert.match(config.stdout, /TRAWL_TOKEN +\*\*\*/);
  assert.doesNotMatch(config.stdout, /0123456789abcdef/);
  serve.child.kill('SIGTERM');
  const { code, stderr } = await serve.result;
  assert.equal(code, 143, said);
  assert.doesNotMatch(stderr, /0123456789abcdef/);
});

test('trawl serve listens before Redis is up, and logs that', async (t) => {
  const cwd = await scratchFolder(t);
  const serve = startCli(['serve', '--listen', '127.0.0.1:0', '--redis', 'redis://127.0.0.1:1'], { cwd });
  t.after(() => serve.child.kill('SIGKILL'));
  let stderr = '';
  serve.child.stderr?.on('data', (text: string) => {
    stderr += text;
  });
  await until(() => /listening on (\S+)/.test(stderr), 'the server to listen');
  const [, origin = ''] = /listening on (\S+)/.exec(stderr) ?? [];
  assert.equal((await fetch(`${origin}/healthz`)).status, 200);
  const ready = await fetch(`${origin}/readyz`);
  assert.equal(ready.status, 503);
  assert.match(await ready.text(), /^Redis is unreachable: no connection yet/);
  serve.child.kill('SIGTERM');
  assert.equal((await serve.result).code, 143);
});

test('an address in use is exit 3', async (t) => {
  const cwd = await scratchFolder(t);
  const { code, stderr } = await runCli(['serve', '--listen', '192.0.2.1:1', '--redis', 'redis://127.0.0.1:1'], {
    cwd,
    env: { TRAWL_TOKEN: '0123456789abcdef' },
  });
  assert.equal(code, 3);
  assert.match(stderr, /^trawl: cannot listen on 192\.0\.2\.1:1: /);
});
