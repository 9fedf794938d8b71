import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { keysFor } from '../../../src/engine/redis/keys.ts';
import { openRedisEngine } from '../../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../../src/model/log.ts';
import type { RunId } from '../../../src/model/run-id.ts';
import { batchOf, collectAll, outcomeOf, runOptions, startCrew, urls } from '../../contracts/crew.ts';
import { testRedis } from '../../helpers/redis-server.ts';

/** An engine, and a function that measures the longest entry of a run's stream. */
async function scene(t: TestContext) {
  const [url, prefix] = [await testRedis(), `large-${randomUUID()}`];
  const redis = new Redis(url);
  const engine = await openRedisEngine({ url, prefix, patience: 'always' }, silentLog);
  t.after(async () => {
    await engine.close();
    redis.disconnect();
  });
  const longest = async (run: RunId) => {
    const entries = await redis.xrange(keysFor(prefix).run(run, 'outcomes'), '-', '+');
    return Math.max(...entries.map(([, fields]) => (fields[1] as string).length));
  };
  return { engine, longest };
}

test('large outcomes are settled a few at a time', async (t) => {
  const { engine, longest } = await scene(t);
  const run = await engine.openRun(runOptions({ hostConcurrency: 1 }));
  const data = ['x'.repeat(200_000)];
  const crew = startCrew(engine, async (entry, visit) => ({ kind: 'outcome', outcome: outcomeOf(visit.run, entry, { data }) }));
  await engine.submit(run, batchOf(0, urls(100)));
  await engine.seal(run, 1);
  assert.equal((await collectAll(engine, run)).outcomes.length, 100);
  await crew.stop();
  assert.ok((await longest(run)) < 500_000, `${await longest(run)} in one entry of the stream`);
  await engine.remove(run);
});

test('large outcomes of a cancelled run are settled a few at a time', async (t) => {
  const { engine, longest } = await scene(t);
  const run = await engine.openRun(runOptions());
  await engine.pause(run);
  const crew = startCrew(engine, async () => ({ kind: 'back' }));
  const lines = urls(20).map((url) => JSON.stringify({ url, meta: 'x'.repeat(100_000) }));
  await engine.submit(run, { ...batchOf(0, lines), format: 'records' });
  await engine.seal(run, 1);
  await engine.cancel(run);
  const { outcomes } = await collectAll(engine, run);
  assert.deepEqual([outcomes.length, new Set(outcomes.map(({ verdict }) => verdict))], [20, new Set(['cancelled'])]);
  await crew.stop();
  assert.ok((await longest(run)) < 500_000, `${await longest(run)} in one entry of the stream`);
  await engine.remove(run);
});
