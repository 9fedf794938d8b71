import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Engine } from '../../src/engine/engine.ts';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import type { RunCounts } from '../../src/engine/run-counts.ts';
import { UnknownRunError } from '../../src/model/errors.ts';
import { defaultRunOptions } from '../../src/options/load-config.ts';
import { Snapshots } from '../../src/serve/snapshots.ts';
import { overviewOf } from '../../src/serve/views.ts';

/** A memory engine that shows its one run as many, because many real runs would need much memory. */
async function start(runs: number) {
  const engine = createMemoryEngine();
  const one = await engine.openRun(defaultRunOptions());
  const ids = Array.from({ length: runs }, (_, run) => `run-${run}`);
  const changes = new Map<string, Partial<RunCounts>>();
  let counted = 0;
  let listed = 0;
  const many: Engine = Object.assign(Object.create(engine), {
    runs: async () => {
      listed++;
      return [...ids];
    },
    newestRuns: async (most: number) => ({ total: ids.length, newest: ids.slice(-most).reverse() }),
    collectors: async (runs: readonly string[]) => runs.map(() => 'collector-1'),
    options: () => engine.options(one),
    throttled: () => engine.throttled(),
    facts: () => engine.facts(),
    backlog: () => engine.backlog(one),
    leastMs: () => engine.leastMs(one),
    counts: async (run: string) => {
      counted++;
      return { ...(await engine.counts(one)), ...changes.get(run) };
    },
  });
  let nowMs = 0;
  const snapshots = new Snapshots(() => many, { wallMs: () => 1_000_000 + nowMs, monotonicMs: () => nowMs });
  const looks = async (afterMs: number) => {
    nowMs += afterMs;
    const before = { counted, listed };
    const snapshot = await snapshots.latest();
    return { snapshot, counted: counted - before.counted, listed: listed - before.listed };
  };
  return { engine: many, ids, changes, snapshots, looks };
}

test('many viewers and many runs cost at most one read a second of some of the runs', async () => {
  const { snapshots, looks } = await start(1_000);
  await looks(1_000);
  const first = { snapshot: await snapshots.complete() };
  assert.equal(first.snapshot.runs.length, 1_000);
  await Promise.all(Array.from({ length: 50 }, () => snapshots.latest()));
  assert.equal((await looks(100)).counted, 0);
  assert.equal((await looks(1_000)).counted, 200);
  assert.equal(overviewOf(first.snapshot).runs.length, 100);
  assert.equal(overviewOf(first.snapshot).runs[0]?.run, 'run-999');
});

test('with thousands of runs, the newest are shown at once and the others soon', async () => {
  const { snapshots, looks, ids } = await start(2_000);
  const { snapshot } = await looks(1_000);
  assert.equal(snapshot.total, 2_000);
  assert.ok(snapshot.runs.length >= 100 && snapshot.runs.length < 2_000, String(snapshot.runs.length));
  assert.equal(snapshot.runs[0]?.run, 'run-1999');
  assert.equal(overviewOf(snapshot).totals.runs, 2_000);
  assert.equal((await snapshots.complete()).runs.length, 2_000);
  assert.equal((await looks(1_000)).listed, 0, 'nothing has changed');
  ids.push('run-new');
  const next = await looks(1_000);
  assert.equal(next.snapshot.runs[0]?.run, 'run-new');
  ids.push('run-newer');
  const last = await looks(1_000);
  assert.equal(last.snapshot.runs[0]?.run, 'run-newer');
  assert.ok(next.listed + last.listed <= 1, 'the whole list is read every five seconds at most');
  assert.deepEqual(
    overviewOf(last.snapshot).collectors.map(({ name }) => name),
    ['collector-1'],
  );
});

test('a removed run disappears, but its URLs still count', async () => {
  const { engine, ids, changes, looks } = await start(3);
  changes.set('run-1', { ok: 5 });
  await looks(1_000);
  ids.splice(1, 1);
  const { snapshot } = await looks(1_000);
  assert.deepEqual(
    snapshot.runs.map(({ run }) => run),
    ['run-2', 'run-0'],
  );
  assert.equal(snapshot.totals.ok, 5);
  // The run is removed after it was listed and before it is read.
  const counts = engine.counts;
  engine.counts = (run) => (run === 'run-0' ? Promise.reject(new UnknownRunError('gone')) : counts(run));
  assert.deepEqual(
    (await looks(1_000)).snapshot.runs.map(({ run }) => run),
    ['run-2'],
  );
});

test('runs that can change are read in turn, and those that cannot are not read again', async () => {
  const { ids, changes, looks, snapshots } = await start(500);
  await looks(1_000);
  await snapshots.complete();
  changes.set('run-3', { state: 'paused' });
  const stateOf = async () => (await looks(1_000)).snapshot.runs.find(({ run }) => run === 'run-3')?.state;
  const states = [await stateOf(), await stateOf(), await stateOf(), await stateOf()];
  assert.equal(states.at(-1), 'paused');
  for (const id of ids) changes.set(id, { ended: true });
  for (let look = 0; look < 4; look++) await looks(1_000);
  assert.equal((await looks(1_000)).counted, 0);
});

test('the rate is that of the last seconds and determines the time left', async () => {
  const { changes, looks } = await start(1);
  const books = { accepted: 1_000, sealedAt: 1 };
  changes.set('run-0', books);
  await looks(1_000);
  changes.set('run-0', { ...books, settled: 100 });
  const { snapshot } = await looks(1_000);
  const [run] = overviewOf(snapshot).runs;
  assert.equal(run?.ratePerSecond, 100);
  assert.deepEqual(run?.timeLeft, { seconds: 9, reason: 'rate' });
});

test('if the engine fails, the snapshot says so and keeps the last figures', async () => {
  const { engine, looks } = await start(2);
  await looks(1_000);
  engine.newestRuns = () => Promise.reject(new Error('READONLY it is a replica'));
  const { snapshot } = await looks(1_000);
  assert.deepEqual(snapshot.away, { sinceMs: 1_002_000, reason: 'READONLY it is a replica' });
  assert.equal(snapshot.runs.length, 2);
  const { redis } = overviewOf((await looks(5_000)).snapshot);
  assert.equal(redis.awaySince, new Date(1_002_000).toISOString());
});
