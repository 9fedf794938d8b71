import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Queue, type Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { silentLog } from '../../../src/core/log.ts';
import { LiveWorker } from '../../../src/engine/redis/live-worker.ts';
import { until } from '../../contracts/crew.ts';
import { testRedis } from '../../helpers/redis-server.ts';

test('a worker that takes no jobs is built anew; one that is busy, or has none to take, is not', { timeout: 30_000 }, async (t) => {
  const connection = new Redis(await testRedis(), { maxRetriesPerRequest: null });
  const prefix = `live-${randomUUID()}`;
  const queue = new Queue<number>('jobs', { connection, prefix });
  const built: Worker[] = [];
  const warnings: string[] = [];
  const taken: number[] = [];
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let looks = 0;
  const getWaitingCount = queue.getWaitingCount.bind(queue);
  queue.getWaitingCount = () => {
    looks++;
    return getWaitingCount();
  };
  const worker = new LiveWorker<number>({
    queue,
    take: async ({ data }) => {
      taken.push(data);
      if (data === 1) await held;
    },
    worker: { connection, prefix, concurrency: 1 },
    listen: (one) => {
      // The first one hangs from the start.
      if (built.push(one) === 1) void one.pause(true);
    },
    log: { ...silentLog, warn: (_: object, message: string) => void warnings.push(message) },
    lookMs: 50,
  });
  t.after(async () => {
    await worker.close();
    await queue.close();
    connection.disconnect();
  });

  const passed = async (count: number) => {
    const from = looks;
    await until(() => looks >= from + count, 'some looks');
  };
  await passed(5);
  assert.equal(built.length, 1, 'there is nothing to take');
  await queue.add('job', 1);
  await queue.add('job', 2);
  await until(() => taken.length === 1, 'a worker that takes jobs');
  assert.equal(built.length, 2);
  assert.match(warnings.join(), /jobs wait in the queue jobs, and none is taken/);
  await passed(6);
  assert.equal(built.length, 2, 'all its slots are taken');
  release();
  await until(() => taken.length === 2, 'the other job');
});
