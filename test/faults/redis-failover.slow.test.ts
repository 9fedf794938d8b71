import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Deployment, startDeployment } from '../helpers/deployment.ts';
import type { RedisServer } from '../helpers/redis-server.ts';
import { startCluster, startSentinels, tell } from '../helpers/redis-topologies.ts';
import { until } from '../helpers/until.ts';

const URLS = 1_500;
const SLOTS = 10;
/** What may be fetched twice: what was settled in the last moments before the master died, and was not with the replica yet; and what was in flight. */
const MOST_TWICE = 150;

/** Two workers and a collector fetch a list. When a third of it is fetched, something is done to Redis. All is fetched and collected all the same. */
async function disturbedRun(t: TestContext, url: string, disturb: (run: Deployment) => Promise<void>): Promise<void> {
  const deployment = await startDeployment(t, { TRAWL_REDIS_URL: url });
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

test('Sentinel: the master is killed in the middle of a run, and the run goes on with the replica: every URL has one row', async (t) => {
  const redis = await startSentinels();
  t.after(() => redis.stop());
  await disturbedRun(t, redis.url, async () => {
    await waitUntilDead(redis.master);
    await until(async () => (await redis.masterPort()) === redis.replica.port, 'the failover');
  });
});

test('Sentinel: a master that hangs is left for the new one', async (t) => {
  const redis = await startSentinels();
  t.after(() => redis.stop());
  await disturbedRun(t, redis.url, async () => {
    process.kill(redis.master.pid, 'SIGSTOP');
    await until(async () => (await redis.masterPort()) === redis.replica.port, 'the failover');
  });
});

test('Cluster: the run lives on one of three masters; that one is killed, and the run goes on with its replica: every URL has one row', async (t) => {
  const redis = await startCluster({ replicas: true });
  t.after(() => redis.stop());
  await disturbedRun(t, redis.url, async ({ prefix }) => {
    const owner = await redis.ownerOf(`{${prefix}}:`);
    await waitUntilDead(owner);
    await until(async () => (await redis.ownerOf(`{${prefix}}:`)) !== owner, 'the failover');
  });
});

test('Cluster: the slot of the deployment moves to another node in the middle of a run: every URL has one row', async (t) => {
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

/** As `redis-cli --cluster reshard` does. */
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
