import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCli, scratchFolder } from '../cli/run-cli.ts';
import { createAuthority } from '../helpers/certificates.ts';
import { type Deployment, startDeployment } from '../helpers/deployment.ts';
import type { RedisServer } from '../helpers/redis-server.ts';
import { startCluster, startSentinels, tell } from '../helpers/redis-topologies.ts';
import { until } from '../helpers/until.ts';

const CLUSTER_DOC = fileURLToPath(new URL('../../docs/cluster.md', import.meta.url));
const URLS = 600;
const SLOTS = 10;
/** URLs that may be fetched twice: those settled just before the master died and not yet replicated, and those in flight. */
const MOST_TWICE = 150;

/** Two workers and a collector fetch a list. After a third of it, Redis is disturbed. Everything must still be fetched and collected. */
async function disturbedRun(
  t: TestContext,
  url: string,
  disturb: (run: Deployment) => Promise<void>,
  env: Record<string, string> = {},
): Promise<void> {
  const deployment = await startDeployment(t, { ...env, TRAWL_REDIS_URL: url });
  const { site } = deployment;
  const workers = [deployment.start('worker', '-c', String(SLOTS / 2)), deployment.start('worker', '-c', String(SLOTS / 2))];
  await Promise.all(workers.map((worker) => worker.said('worker started')));
  const collector = deployment.start('collect');
  const run = await deployment.enqueue(URLS);
  await until(() => site.hits.length > URLS / 3, 'a third of the pages');
  await disturb(deployment);
  await collector.said(`run ${run} has ended`);
  await deployment.assertWhole(run, URLS);
  const twice = site.hits.length - URLS;
  assert.ok(twice <= MOST_TWICE, `${twice} pages were fetched twice`);
  t.diagnostic(`${twice} of ${URLS} pages were fetched twice`);
  assert.equal((await deployment.run('status')).code, 0);
}

async function waitUntilDead(server: RedisServer): Promise<void> {
  await server.kill();
  await until(
    () =>
      Promise.resolve(tell(server, 'PING')).then(
        () => false,
        () => true,
      ),
    'a dead server',
  );
}

test('Sentinel: the master is killed during a run, which continues with the replica: one row per URL', async (t) => {
  const redis = await startSentinels();
  t.after(() => redis.stop());
  await disturbedRun(t, redis.url, async () => {
    await waitUntilDead(redis.master);
    await until(async () => (await redis.masterPort()) === redis.replica.port, 'the failover');
  });
});

test('Sentinel: a master that hangs is abandoned for the new one', async (t) => {
  const redis = await startSentinels();
  t.after(() => redis.stop());
  await disturbedRun(t, redis.url, async () => {
    process.kill(redis.master.pid, 'SIGSTOP');
    await until(async () => (await redis.masterPort()) === redis.replica.port, 'the failover');
  });
});

test('Sentinel with TLS, client certificates and Sentinel users: the master is killed during a run', async (t) => {
  const authority = createAuthority('authority');
  const redis = await startSentinels({ tls: { ca: authority.cert, ...authority.issue('redis.test') } });
  t.after(() => redis.stop());
  const rule = /^ACL SETUSER trawl-sentinel (.*)$/m.exec(readFileSync(CLUSTER_DOC, 'utf8'))?.[1];
  assert.ok(rule !== undefined, 'docs/cluster.md has the rules');
  const admin = { username: 'admin', password: 'for-the-sentinels' };
  for (const { port } of redis.sentinels) {
    await tell({ port }, 'ACL', 'SETUSER', admin.username, 'on', `>${admin.password}`, '~*', '&*', '+@all');
    await tell({ port }, 'SENTINEL', 'CONFIG', 'SET', 'sentinel-user', admin.username);
    await tell({ port }, 'SENTINEL', 'CONFIG', 'SET', 'sentinel-pass', admin.password);
    await tell({ port }, 'ACL', 'SETUSER', 'lo@k', ...rule.replace('>PASSWORD', '>up/#1').split(' '));
    await tell({ port }, 'ACL', 'SETUSER', 'default', 'off');
  }
  const client = authority.issue('client');
  const env = { TRAWL_REDIS_CA: authority.cert, TRAWL_REDIS_CERT: client.cert, TRAWL_REDIS_KEY: client.key };
  const as = (user: string, password: string) =>
    `${redis.url}?sentinel-username=${encodeURIComponent(user)}&sentinel-password=${encodeURIComponent(password)}`;
  const cwd = await scratchFolder(t);
  for (const [url, more, says] of [
    [redis.url, {}, /NOAUTH.*sentinel-username=USER&sentinel-password=PASSWORD/],
    [as('lo@k', 'down'), {}, /WRONGPASS.*sentinel-username=USER&sentinel-password=PASSWORD/],
    [as('lo@k', 'up/#1'), { TRAWL_REDIS_CA: '' }, /certificate.*--redis-ca/],
    [
      as('lo@k', 'up/#1').replace('rediss', 'redis'),
      { TRAWL_REDIS_CA: '', TRAWL_REDIS_CERT: '', TRAWL_REDIS_KEY: '' },
      /write rediss\+sentinel:\/\//,
    ],
  ] as const) {
    const { code, stderr } = await runCli(['status'], { cwd, env: { ...env, ...more, TRAWL_REDIS_URL: url } });
    assert.equal(code, 8, stderr);
    assert.match(stderr, says);
    assert.doesNotMatch(stderr, /up\/#1|up%2F|down/);
  }
  await disturbedRun(
    t,
    as('lo@k', 'up/#1'),
    async () => {
      await waitUntilDead(redis.master);
      await until(async () => (await redis.masterPort(admin)) === redis.replicaPort, 'the failover');
    },
    env,
  );
});

test('Cluster: the run is on one of three masters, which is killed, and continues with its replica: one row per URL', async (t) => {
  const redis = await startCluster({ replicas: true });
  t.after(() => redis.stop());
  await disturbedRun(t, redis.url, async ({ prefix }) => {
    const owner = await redis.ownerOf(`{${prefix}}:`);
    await waitUntilDead(owner);
    await until(async () => (await redis.ownerOf(`{${prefix}}:`)) !== owner, 'the failover');
  });
});

test('Cluster: the slot of the deployment moves to another node during a run: one row per URL', async (t) => {
  const redis = await startCluster();
  t.after(() => redis.stop());
  await disturbedRun(t, redis.url, async ({ prefix }) => {
    const key = `{${prefix}}:`;
    const from = await redis.ownerOf(key);
    const to = redis.masters.find((master) => master !== from) as RedisServer;
    await moveSlot(Number(await tell(from, 'CLUSTER', 'KEYSLOT', key)), from, to);
    assert.equal(await redis.ownerOf(key), to);
  });
});

/** Moves the slot as `redis-cli --cluster reshard` does. */
async function moveSlot(slot: number, from: RedisServer, to: RedisServer): Promise<void> {
  const [fromId, toId] = [String(await tell(from, 'CLUSTER', 'MYID')), String(await tell(to, 'CLUSTER', 'MYID'))];
  await tell(to, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId);
  await tell(from, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId);
  for (;;) {
    const keys = (await tell(from, 'CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[];
    if (keys.length === 0) break;
    await tell(from, 'MIGRATE', '127.0.0.1', to.port, '', 0, 5_000, 'KEYS', ...keys);
  }
  for (const node of [to, from]) await tell(node, 'CLUSTER', 'SETSLOT', slot, 'NODE', toId);
}
