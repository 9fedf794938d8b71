import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Queue, type Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { RestartingWorker } from '../../../../src/engine/redis/visits/restarting-worker.ts';
import { silentLog } from '../../../../src/model/log.ts';
import { until } from '../../../contracts/crew.ts';
import { startRedisServer, testRedis } from '../../../helpers/redis-server.ts';

test('a worker that takes no waiting jobs is rebuilt; one that is busy, or has no jobs to take, is not', async (t) => {
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
  const worker = new RestartingWorker<number>({
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
  assert.match(warnings.join(), /jobs wait in the queue jobs, but its worker takes none/);
  await passed(6);
  assert.equal(built.length, 2, 'all its slots are taken');
  release();
  await until(() => taken.length === 2, 'the other job');
});

test('a Redis that refuses is asked again once a second, and the worker is not rebuilt', async (t) => {
  const server = await startRedisServer();
  const connection = new Redis(server.url, { maxRetriesPerRequest: null });
  const queue = new Queue<number>('jobs', { connection });
  const built: Worker[] = [];
  const taken: number[] = [];
  let [refused, rests] = [0, 0];
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const worker = new RestartingWorker<number>({
    queue,
    take: async ({ data }) => {
      taken.push(data);
      if (data === 1) await held;
    },
    worker: { connection, concurrency: 1, lockDuration: 1_000, stalledInterval: 300 },
    listen: (one) => {
      built.push(one);
      one.on('error', () => refused++);
      one.on('resumed', () => rests++);
    },
    log: silentLog,
    lookMs: 50,
  });
  t.after(async () => {
    await worker.close();
    await queue.close();
    connection.disconnect();
    await server.stop();
  });
  await queue.addBulk([1, 2, 3].map((data) => ({ name: 'job', data })));
  await until(() => taken.length === 1, 'a job that is taken');
  await connection.config('SET', 'min-replicas-to-write', '1');
  release();
  await until(() => rests === 3, 'some rests');
  assert.deepEqual([taken, built.length], [[1], 1]);
  assert.ok(refused < 30, `${refused} refusals in ${rests} rests`);
  await connection.config('SET', 'min-replicas-to-write', '0');
  await until(() => new Set(taken).size === 3, 'the other jobs');
  t.diagnostic(`${refused} refusals in ${rests} rests`);
});

test('a check that Redis answers late counts once', async (t) => {
  const connection = new Redis(await testRedis(), { maxRetriesPerRequest: null });
  const prefix = `live-${randomUUID()}`;
  const queue = new Queue<number>('jobs', { connection, prefix });
  let looks = 0;
  let answer = (_waiting: number) => {};
  queue.getWaitingCount = () => {
    looks++;
    return new Promise((resolve) => {
      answer = resolve;
    });
  };
  const worker = new RestartingWorker<number>({
    queue,
    take: async () => {},
    worker: { connection, prefix, concurrency: 1 },
    listen: () => {},
    log: silentLog,
    lookMs: 20,
  });
  let ticks = 0;
  const clock = setInterval(() => ticks++, 20);
  t.after(async () => {
    clearInterval(clock);
    await worker.close();
    await queue.close();
    connection.disconnect();
  });
  await until(() => ticks >= 10, 'the time of some looks');
  assert.equal(looks, 1);
  answer(0);
  await until(() => looks === 2, 'the next look');
  answer(0);
});
