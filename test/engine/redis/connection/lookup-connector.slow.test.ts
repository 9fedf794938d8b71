import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectRedis } from '../../../../src/engine/redis/connection/connection.ts';
import { Connections } from '../../../../src/engine/redis/connection/connections.ts';
import { RedisUnavailableError } from '../../../../src/model/errors.ts';
import type { Log } from '../../../../src/model/log.ts';
import { freePort, startRedisServer } from '../../../helpers/redis-server.ts';
import { MASTER_NAME, startCluster, startSentinels, tell } from '../../../helpers/redis-topologies.ts';
import { until } from '../../../helpers/until.ts';

const SECRET = 'open%23sesame';

async function refusal(url: string): Promise<{ message: string; logged: string }> {
  const lines: string[] = [];
  const line = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const log: Log = { debug: line, info: line, warn: line, error: line };
  const error = await connectRedis({ url, patience: 'none' }, log).then(
    (redis) => redis.disconnect(),
    (error: unknown) => error,
  );
  assert.ok(error instanceof RedisUnavailableError, `${url} is refused`);
  return { message: error.message, logged: lines.join('\n') };
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

test('Sentinels with their own user: errors are explained without secrets, and an unreachable Sentinel is skipped', async (t) => {
  const redis = await startSentinels();
  t.after(() => redis.stop());
  for (const sentinel of redis.sentinels) {
    await tell(sentinel, 'ACL', 'SETUSER', 'watcher', 'on', '>open#sesame', '+@all');
    await tell(sentinel, 'ACL', 'SETUSER', 'default', 'resetpass', '>other');
  }
  const asWatcher = `?sentinel-username=watcher&sentinel-password=${SECRET}`;
  const cases = [
    [redis.url, /NOAUTH.*the Sentinels require another user or password: .*\?sentinel-username=USER/],
    [`${redis.url}?sentinel-username=watcher&sentinel-password=wrong-sesame`, /WRONGPASS.*the Sentinels require another user or password/],
    [`${redis.url.replace(MASTER_NAME, 'nobody')}${asWatcher}`, /it knows no master named nobody.*correct the name of the master/],
    [`redis+sentinel://:${SECRET}@127.0.0.1:${redis.master.port}/x`, /unknown command.*these servers are not Sentinels/i],
    [`redis+cluster://127.0.0.1:${redis.master.port}`, /it is not a cluster: write redis:\/\//],
  ] as const;
  for (const [url, told] of cases) {
    const { message, logged } = await refusal(url);
    assert.match(message, told);
    assert.doesNotMatch(`${message}${logged}`, /sesame/);
  }
  const gone = `127.0.0.1:${await freePort()}`;
  const connection = await connectRedis(
    { url: `redis+sentinel://${gone},${redis.url.split('//')[1]}${asWatcher}`, patience: 'none' },
    silent,
  );
  t.after(() => connection.disconnect());
  assert.equal(await connection.set('a', '1'), 'OK');
});

test('a listed server that accepts connections and never answers is skipped', async (t) => {
  const cluster = await startCluster();
  const mute = await startRedisServer();
  t.after(() => Promise.all([cluster.stop(), mute.stop()]));
  process.kill(mute.pid, 'SIGSTOP');
  const connection = await connectRedis(
    { url: cluster.url.replace('//', `//127.0.0.1:${mute.port},`), patience: 'none', prefix: 'trawl' },
    silent,
  );
  t.after(() => connection.disconnect());
  assert.equal(await connection.set('{trawl}:a', '1'), 'OK');
});

test('a connection stops looking for its cluster when it is closed', async (t) => {
  const cluster = await startCluster();
  t.after(() => cluster.stop());
  const connection = await connectRedis({ url: cluster.url, patience: 'always' }, silent);
  const connections = new Connections(connection);
  await Promise.all(cluster.masters.map((master) => master.kill()));
  await until(() => connection.status !== 'ready', 'the loss to be noticed');
  const command = assert.rejects(connection.get('a'));
  const ended = new Promise((resolve) => connection.once('end', resolve));
  connections.disconnect();
  await Promise.all([command, ended]);
});
