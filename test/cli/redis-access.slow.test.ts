import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { createAuthority } from '../helpers/certificates.ts';
import { startDeployment } from '../helpers/deployment.ts';
import { freePort, type RedisServer, startRedisServer } from '../helpers/redis-server.ts';
import { startCluster } from '../helpers/redis-topologies.ts';
import { runCli, scratchFolder } from './run-cli.ts';

const DOC = fileURLToPath(new URL('../../docs/cluster.md', import.meta.url));
const USER = 'cräwl@r';
const PASSWORD = 'p:@/?#[]%+ &"\'\\1';
const CREDENTIALS = `${encodeURIComponent(USER)}:${encodeURIComponent(PASSWORD)}`;
const URLS = 200;

/** The user as docs/cluster.md describes it, and no default user. */
async function restrict(server: RedisServer, prefix: string): Promise<void> {
  const line = /^ACL SETUSER trawl on .*$/m.exec(readFileSync(DOC, 'utf8'))?.[0];
  assert.ok(line !== undefined, 'docs/cluster.md has the rules');
  const [, , , ...rules] = line.split(' ');
  const redis = new Redis(server.url);
  const own = rules.map((rule) => rule.replace('>PASSWORD', `>${PASSWORD}`).replace('{trawl}', `{${prefix}}`));
  await redis.call('ACL', 'SETUSER', USER, ...own);
  await redis.call('ACL', 'SETUSER', 'default', 'off');
  redis.disconnect();
}

/** A run through all commands that users give to a deployment. */
async function useAll(t: TestContext, environment: (prefix: string) => Promise<Record<string, string>>): Promise<void> {
  const deployment = await startDeployment(t, {});
  Object.assign(deployment.env, await environment(deployment.prefix));
  const workers = [deployment.start('worker', '-c', '5'), deployment.start('worker', '-c', '5')];
  await Promise.all(workers.map((worker) => worker.said('worker started')));
  const collector = deployment.start('collect');
  const run = await deployment.enqueue(URLS);
  await collector.said(`run ${run} has ended`);
  await deployment.assertWhole(run, URLS);
  for (const words of [['status'], ['rm', run]]) {
    const { code, stderr } = await deployment.run(...words);
    assert.equal(code, 0, stderr);
  }
  for (const { child } of [...workers, collector]) child.kill('SIGTERM');
  const results = await Promise.all([...workers, collector].map(({ result }) => result));
  for (const { stderr } of results) assert.doesNotMatch(stderr, /NOPERM|NOAUTH|p:@|p%3A/);
}

test('TLS with a client certificate, and a user with special characters and only the rights in docs/cluster.md: a whole run', async (t) => {
  const authority = createAuthority('authority');
  const own = authority.issue('redis.test');
  const port = await freePort();
  const files = ['--tls-cert-file', own.cert, '--tls-key-file', own.key, '--tls-ca-cert-file', authority.cert];
  const server = await startRedisServer({ args: ['--tls-port', String(port), '--tls-auth-clients', 'yes', ...files] });
  t.after(() => server.stop());
  const client = authority.issue('client');
  const tls = { TRAWL_REDIS_CA: authority.cert, TRAWL_REDIS_CERT: client.cert, TRAWL_REDIS_KEY: client.key };
  await useAll(t, async (prefix) => {
    await restrict(server, prefix);
    return { ...tls, TRAWL_REDIS_URL: `rediss://${CREDENTIALS}@localhost:${port}` };
  });
});

test('a Unix socket, as the same user: a whole run', async (t) => {
  const socket = join(await scratchFolder(t), 'redis.sock');
  const server = await startRedisServer({ args: ['--unixsocket', socket] });
  t.after(() => server.stop());
  await useAll(t, async (prefix) => {
    await restrict(server, prefix);
    return { TRAWL_REDIS_URL: `redis+unix://${CREDENTIALS}@${socket}` };
  });
});

test('a cluster of three masters, found from the URL of any node, as the same user: a whole run', async (t) => {
  const cluster = await startCluster();
  t.after(() => cluster.stop());
  await useAll(t, async (prefix) => {
    const owner = await cluster.ownerOf(`{${prefix}}:`);
    for (const master of cluster.masters) await restrict(master, prefix);
    // This node has none of the keys.
    const other = cluster.masters.find((it) => it !== owner);
    return { TRAWL_REDIS_URL: `redis://${CREDENTIALS}@127.0.0.1:${other?.port}` };
  });
});

const VALKEY = 'valkey-server';
const hasValkey = spawnSync(VALKEY, ['--version'], { stdio: 'ignore' }).status === 0;

describe('Valkey', { skip: hasValkey ? false : 'there is no valkey-server on the PATH' }, () => {
  test('one server, as the same user: a whole run', async (t) => {
    const server = await startRedisServer({ binary: VALKEY });
    t.after(() => server.stop());
    await useAll(t, async (prefix) => {
      await restrict(server, prefix);
      return { TRAWL_REDIS_URL: server.url.replace('//', `//${CREDENTIALS}@`) };
    });
  });

  test('a cluster: a whole run', async (t) => {
    const cluster = await startCluster({ binary: VALKEY });
    t.after(() => cluster.stop());
    await useAll(t, async () => ({ TRAWL_REDIS_URL: cluster.url }));
  });
});

test('certificate and user errors name the setting to change, with no secret shown: exit 8 or 3', async (t) => {
  const [authority, stranger] = [createAuthority('authority'), createAuthority('stranger')];
  const own = authority.issue('redis.test');
  const port = await freePort();
  const files = ['--tls-cert-file', own.cert, '--tls-key-file', own.key, '--tls-ca-cert-file', authority.cert];
  const args = ['--tls-port', String(port), '--tls-auth-clients', 'yes', '--requirepass', 'sesame', ...files];
  const cwd = await scratchFolder(t);
  // Its readiness cannot be checked once it has a password, so that is set after the server is up.
  const server = await startRedisServer({ args: args.filter((arg) => arg !== '--requirepass' && arg !== 'sesame') });
  t.after(() => server.stop());
  const redis = new Redis(server.url);
  await redis.config('SET', 'requirepass', 'sesame');
  redis.disconnect();
  const [client, other] = [authority.issue('client'), stranger.issue('other')];
  const ca = { TRAWL_REDIS_CA: authority.cert };
  const asClient = { ...ca, TRAWL_REDIS_CERT: client.cert, TRAWL_REDIS_KEY: client.key };
  const secure = `rediss://:sesame@127.0.0.1:${port}`;
  const cases: ReadonlyArray<readonly [Record<string, string>, string, number, RegExp]> = [
    [asClient, secure, 0, /^$/],
    [{}, secure, 8, /self-signed certificate.*name the certificate of that authority with --redis-ca \/ TRAWL_REDIS_CA/],
    [{ ...asClient, TRAWL_REDIS_CA: stranger.cert }, secure, 8, /--redis-ca \/ TRAWL_REDIS_CA/],
    [ca, secure, 8, /require.? a client certificate: give --redis-cert and --redis-key/],
    [{ ...ca, TRAWL_REDIS_CERT: other.cert, TRAWL_REDIS_KEY: other.key }, secure, 8, /not accept the certificate of --redis-cert/],
    [{ ...asClient, TRAWL_REDIS_KEY: other.key }, secure, 3, /--redis-cert and --redis-key do not fit each other/],
    [{ ...asClient, TRAWL_REDIS_CERT: join(cwd, 'missing.crt') }, secure, 3, /--redis-cert \/ TRAWL_REDIS_CERT cannot be read: ENOENT/],
    [{ TRAWL_REDIS_CA: client.key }, secure, 3, /--redis-ca \/ TRAWL_REDIS_CA: .* is not a certificate in PEM/],
    [asClient, `rediss://:sesame@127.0.0.1:${server.port}`, 8, /it does not speak TLS on this port: (then )?write redis:\/\//],
    [{}, `redis://:sesame@127.0.0.1:${port}`, 8, /it closed the connection: if it expects TLS, write rediss:\/\//],
    [asClient, `rediss://u:s%20sesame@127.0.0.1:${port}`, 8, /WRONGPASS.*user or password is wrong/],
    [asClient, `rediss://u:a/sesame#@127.0.0.1:${port}`, 3, /have to be percent-encoded/],
    [ca, `redis://:sesame@127.0.0.1:${server.port}`, 3, /--redis-ca is for TLS: write rediss:\/\//],
  ];
  for (const [env, url, expected, told] of cases) {
    const { code, stderr } = await runCli(['status'], { cwd, env: { ...env, TRAWL_REDIS_URL: url } });
    const said = stderr.replace(/.*this Redis does not write to disk.*\n/, '');
    assert.equal(code, expected, `${url} ${JSON.stringify(env)}\n${stderr}`);
    assert.match(said, told);
    assert.doesNotMatch(stderr, /sesame/);
  }
});
