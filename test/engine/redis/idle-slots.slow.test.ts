import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openRedisEngine } from '../../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../../src/model/log.ts';
import { batchOf, collectAll, done, type FetchEntry, runOptions, startCrew, until, urls } from '../../contracts/crew.ts';
import { testRedis } from '../../helpers/redis-server.ts';

const slowly: FetchEntry = async (entry, visit) => {
  await sleep(20);
  return done(visit, entry);
};

test('slots added later are all used, and a run of ten URLs does not wait for a huge run that holds them', async (t) => {
  const prefix = `idle-${randomUUID()}`;
  const open = async () => {
    const engine = await openRedisEngine({ url: await testRedis(), prefix, patience: 'always' }, silentLog);
    t.after(() => engine.close());
    return engine;
  };
  const [first, second] = [await open(), await open()];
  const huge = await first.openRun(runOptions({ hostConcurrency: 100 }));
  for (let batch = 0; batch < 20; batch++)
    await first.submit(
      huge,
      batchOf(
        batch,
        urls(1_000, `h${batch % 3}.test`).map((url) => `${url}/${batch}`),
        batch * 1_000 + 1,
      ),
    );
  await first.seal(huge, 20);
  const early = startCrew(first, slowly, { concurrency: 4, worker: 'early' });
  await until(() => early.mostAtOnce() === 4, 'the first slots to be busy');
  const late = startCrew(second, slowly, { concurrency: 6, worker: 'late' });
  await until(() => late.mostAtOnce() === 6, 'the later slots to be busy');

  const small = await first.openRun(runOptions());
  await first.submit(small, batchOf(0, urls(10, 'small.test')));
  await first.seal(small, 1);
  assert.equal((await collectAll(first, small)).outcomes.length, 10);
  const { settled, accepted } = await first.counts(huge);
  assert.ok(settled < accepted / 2, `${settled} of ${accepted}: the huge run has most of its way before it`);
  await Promise.all([early.stop(), late.stop()]);
});
