import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { openRedisSchedules } from '../../../../src/engine/redis/queues/schedules.ts';
import { type DueTime, NotDoneError } from '../../../../src/engine/schedules.ts';
import { UsageError } from '../../../../src/model/errors.ts';
import { silentLog } from '../../../../src/model/log.ts';
import { testRedis } from '../../../helpers/redis-server.ts';
import { until } from '../../../helpers/until.ts';

const EVERY_SECOND = { cron: '* * * * * *', timezone: 'UTC' };
const YEARLY = { cron: '0 0 1 1 *', timezone: 'Europe/Berlin' };

/** By default no process is taken for dead, however slow the machine is. */
async function start(t: TestContext, timings = { lockMs: 300_000, stalledCheckMs: 100_000 }) {
  const url = await testRedis();
  const prefix = `schedules-${randomUUID()}`;
  const open = async () => {
    const schedules = await openRedisSchedules({ url, prefix, patience: 'always', timings }, silentLog);
    t.after(() => schedules.close());
    return schedules;
  };
  const stop = new AbortController();
  t.after(() => stop.abort());
  return { open, schedules: await open(), stop };
}

test('a schedule is stored, replaced and removed', async (t) => {
  const { schedules } = await start(t);
  assert.deepEqual(await schedules.list(), []);
  assert.equal(await schedules.add('yearly', YEARLY, 'job 1'), 'added');
  const [kept] = await schedules.list();
  const nextMs = kept?.nextMs ?? 0;
  assert.deepEqual(kept, { name: 'yearly', ...YEARLY, job: 'job 1', nextMs });
  // Midnight in Berlin.
  assert.match(new Date(nextMs).toISOString(), /-12-31T23:00:00\.000Z$/);
  assert.ok(nextMs > Date.now());
  assert.equal(await schedules.add('yearly', { ...YEARLY, timezone: 'UTC' }, 'job 2'), 'replaced');
  await schedules.add('another', EVERY_SECOND, 'job');
  assert.deepEqual(
    (await schedules.list()).map(({ name, timezone, job }) => [name, timezone, job]),
    [
      ['another', 'UTC', 'job'],
      ['yearly', 'UTC', 'job 2'],
    ],
  );
  assert.equal(await schedules.remove('another'), true);
  assert.equal(await schedules.remove('another'), false);
  assert.equal((await schedules.list()).length, 1);
  assert.equal(await schedules.trigger('another', Date.now()), false);
});

test('an invalid timetable, or one that never fires, is refused, and nothing is stored', async (t) => {
  const { schedules } = await start(t);
  for (const cron of ['tomorrow', '61 * * * *', '* * * * * * *', '', '0 0 30 2 *'])
    await assert.rejects(schedules.add('wrong', { cron, timezone: 'UTC' }, 'job'), UsageError, cron);
  assert.deepEqual(await schedules.list(), []);
});

test('a schedule is not changed by a replacement that is refused', async (t) => {
  const { schedules } = await start(t);
  await schedules.add('yearly', YEARLY, 'job 1');
  const before = await schedules.list();
  await assert.rejects(schedules.add('yearly', { cron: '0 0 30 2 *', timezone: 'UTC' }, 'job 2'), UsageError);
  assert.deepEqual(await schedules.list(), before);
});

test('each time is given to one of several processes, with the run that was started before', async (t) => {
  const { open, schedules, stop } = await start(t);
  const taken: DueTime[] = [];
  const take = async (due: DueTime) => {
    taken.push(due);
    assert.equal(await due.begin(`run-${taken.length}`), true);
  };
  const watching = [schedules.watch(take, stop.signal), (await open()).watch(take, stop.signal)];
  await schedules.add('often', EVERY_SECOND, 'job');
  await until(() => taken.length >= 3, 'three times to come');
  stop.abort();
  await Promise.all(watching);
  const times = taken.map(({ dueMs }) => dueMs);
  assert.deepEqual(times, [...new Set(times)].sort());
  assert.ok(times.every((ms) => ms % 1_000 === 0));
  assert.deepEqual(
    taken.slice(0, 3).map(({ last, job, by }) => [last, job, by]),
    [
      [undefined, 'job', 'time'],
      ['run-1', 'job', 'time'],
      ['run-2', 'job', 'time'],
    ],
  );
  assert.equal((await schedules.list())[0]?.run, `run-${taken.length}`);
});

test('times that pass while no process is up are merged into one', async (t) => {
  const { schedules, stop } = await start(t);
  await schedules.add('often', EVERY_SECOND, 'job');
  const firstMs = (await schedules.list())[0]?.nextMs ?? 0;
  await until(() => Date.now() > firstMs + 3_000, 'three times to pass');
  const taken: number[] = [];
  const watching = schedules.watch(async ({ dueMs }) => void taken.push(dueMs), stop.signal);
  const startMs = Date.now();
  await until(() => taken.length >= 2, 'two times');
  stop.abort();
  await watching;
  assert.equal(taken[0], firstMs);
  assert.ok((taken[1] ?? 0) >= startMs - 1_000, 'those in between are left out');
});

test('a time that a process did not finish is given again, with the run that was started for it', async (t) => {
  const { schedules, stop } = await start(t, { lockMs: 500, stalledCheckMs: 100 });
  await schedules.add('yearly', YEARLY, 'job');
  await schedules.trigger('yearly', Date.now());
  const begun: Array<DueTime['begun']> = [];
  const watching = schedules.watch(async (due) => {
    begun.push(due.begun);
    if (due.begun !== undefined) return;
    assert.equal(due.by, 'hand');
    await due.begin('run-1');
    throw new NotDoneError('it stops');
  }, stop.signal);
  await until(() => begun.at(-1) !== undefined, 'the second attempt');
  stop.abort();
  await watching;
  assert.deepEqual(begun.at(-1), { run: 'run-1' });
});

test('a run that another process has already started is not started again', async (t) => {
  const { schedules, stop } = await start(t);
  await schedules.add('yearly', YEARLY, 'job');
  const answers: boolean[] = [];
  const watching = schedules.watch(async (due) => {
    answers.push(await due.begin('run-1'), await due.begin('run-2'));
    await due.abandon('failed');
  }, stop.signal);
  await schedules.trigger('yearly', Date.now());
  await until(async () => (await schedules.list())[0]?.note === 'failed', 'the note');
  stop.abort();
  await watching;
  assert.deepEqual(answers, [true, false]);
  assert.equal((await schedules.list())[0]?.run, undefined);
});
