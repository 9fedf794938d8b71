import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { type DueTime, NotDoneError } from '../../src/engine/schedules.ts';
import { silentLog } from '../../src/model/log.ts';
import type { ScheduledJob } from '../../src/model/schedule.ts';
import { defaultRunOptions } from '../../src/options/load-config.ts';
import type { Source } from '../../src/producer/sources/source.ts';
import { textSource } from '../../src/producer/sources/text-source.ts';
import { startScheduledRun } from '../../src/producer/start-scheduled-run.ts';

const DUE_MS = Date.parse('2026-11-30T03:00:00.000Z');
const RUN = 'nightly-20261130-030000';
const JOB: ScheduledJob = { options: defaultRunOptions(), sources: [{ kind: 'url', url: 'http://a.example/' }] };
const LIST = 'http://a.example/\nhttp://b.example/\n';

/** A store of one schedule, in memory. */
function dueTime(given: Partial<DueTime> = {}) {
  const kept = { run: given.last, notes: [] as string[] };
  const due: DueTime = {
    schedule: 'nightly',
    job: '',
    dueMs: DUE_MS,
    by: 'time',
    begin: async (run) => {
      kept.run = run;
      return true;
    },
    abandon: async (note) => {
      kept.run = given.last;
      kept.notes.push(note);
    },
    note: async (note) => {
      kept.notes.push(note);
    },
    ...given,
  };
  return { due, kept };
}

function start(t: TestContext, sources: () => Source[] = () => [textSource('list', LIST)]) {
  const engine = createMemoryEngine();
  t.after(() => engine.close());
  let opened = 0;
  const openSources = async () => {
    opened++;
    return sources();
  };
  const context = { engine, openSources, log: silentLog, retryAfterMs: [0, 0] };
  const startRun = (due: DueTime, signal = new AbortController().signal) => startScheduledRun(due, JOB, context, signal);
  return { engine, startRun, opened: () => opened };
}

/** Lines, and then an error. */
function broken(lines: string[], message = 'no such host'): Source {
  return {
    ...textSource('list', ''),
    async *lines() {
      if (lines.length > 0) yield lines;
      throw new Error(message);
    },
  };
}

test('the run is opened, filled and sealed, and records its schedule and the previous run', async (t) => {
  const { engine, startRun } = start(t);
  const { due, kept } = dueTime({ last: 'nightly-20261129-030000' });
  await startRun(due);
  const { submitted, accepted, sealedAt } = await engine.counts(RUN);
  assert.deepEqual([submitted, accepted, sealedAt], [2, 2, 1]);
  assert.deepEqual((await engine.options(RUN)).schedule, { name: 'nightly', previous: 'nightly-20261129-030000' });
  assert.equal(kept.run, RUN);
});

test('no run is started while the last one is still going', async (t) => {
  const { engine, startRun } = start(t);
  const last = await engine.openRun(defaultRunOptions(), 'before');
  const { due, kept } = dueTime({ last });
  await startRun(due);
  assert.deepEqual(await engine.runs(), [last]);
  assert.deepEqual(kept, { run: last, notes: ['skipped at 2026-11-30T03:00:00.000Z: run before was still going'] });
  await engine.seal(last, 0);
  await startRun(due);
  assert.deepEqual(await engine.runs(), [last, RUN]);
});

test('a run that another process began is filled, and has each line once', async (t) => {
  const { engine, startRun } = start(t);
  const { due } = dueTime();
  await startRun(due);
  await startRun(dueTime({ begun: { run: RUN } }).due);
  assert.deepEqual(await engine.runs(), [RUN]);
  assert.equal((await engine.counts(RUN)).submitted, 2);
});

test('if the list has changed when a run is filled again, the run keeps the lines that it has', async (t) => {
  const lists = [LIST, 'http://c.example/\n'];
  const { engine, startRun } = start(t, () => [textSource('list', lists.shift() ?? '')]);
  await engine.openRun(defaultRunOptions(), RUN);
  await engine.submit(RUN, { number: 0, firstLine: 1, lines: ['http://other.example/'] });
  await startRun(dueTime({ begun: { run: RUN } }).due);
  const { submitted, sealedAt } = await engine.counts(RUN);
  assert.deepEqual([submitted, sealedAt], [1, 1]);
});

test('only one of several processes begins the run', async (t) => {
  const { engine, startRun } = start(t);
  await startRun(dueTime({ begin: async () => false }).due);
  assert.deepEqual(await engine.runs(), []);
});

test('the run starts if its sources can be read at the second attempt', async (t) => {
  const attempts = [broken([]), textSource('list', LIST)];
  const { engine, startRun, opened } = start(t, () => [attempts.shift() as Source]);
  await startRun(dueTime().due);
  assert.equal(opened(), 2);
  assert.equal((await engine.counts(RUN)).submitted, 2);
});

test('if the sources cannot be read there is no run, and the previous one stays the last', async (t) => {
  const { engine, startRun, opened } = start(t, () => [broken([])]);
  const { due, kept } = dueTime({ last: 'before' });
  await startRun(due);
  assert.equal(opened(), 3);
  assert.deepEqual(await engine.runs(), []);
  assert.deepEqual(kept, { run: 'before', notes: ['failed at 2026-11-30T03:00:00.000Z: no such host'] });
});

test('a run that has only some of its URLs is cancelled', async (t) => {
  const { engine, startRun } = start(t, () => [broken(['http://a.example/'])]);
  const { due, kept } = dueTime();
  await startRun(due);
  assert.equal((await engine.counts(RUN)).state, 'cancelled');
  assert.deepEqual(kept, { run: RUN, notes: [`cancelled run ${RUN}: no such host`] });
});

test('a process that stops leaves the start to another', async (t) => {
  const stop = new AbortController();
  const { startRun } = start(t, () => {
    stop.abort();
    return [textSource('list', LIST)];
  });
  await assert.rejects(startRun(dueTime().due, stop.signal), NotDoneError);
});

test('if Redis refuses writes, the time is tried again later, and no run stays open forever', async (t) => {
  const engine = createMemoryEngine();
  t.after(() => engine.close());
  let refuses = true;
  const refusing = {
    ...{ openRun: engine.openRun.bind(engine), submit: engine.submit.bind(engine), seal: engine.seal.bind(engine) },
    ...{ confirm: engine.confirm.bind(engine), backlog: engine.backlog.bind(engine), cancel: engine.cancel.bind(engine) },
    counts: engine.counts.bind(engine),
    remove: async (run: string) => {
      if (refuses) throw new Error('OOM command not allowed');
      await engine.remove(run);
    },
  };
  const context = { engine: refusing, openSources: async () => [broken([])], log: silentLog, retryAfterMs: [] };
  const signal = new AbortController().signal;
  await assert.rejects(startScheduledRun(dueTime().due, JOB, context, signal), NotDoneError);
  assert.deepEqual(await engine.runs(), [RUN]);
  refuses = false;
  await startScheduledRun(dueTime({ begun: { run: RUN } }).due, JOB, context, signal);
  assert.deepEqual(await engine.runs(), []);
});
