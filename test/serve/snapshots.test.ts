import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Engine, RunCounts } from '../../src/engine/engine.ts';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { defaultRunOptions } from '../../src/options/load-config.ts';
import { Snapshots } from '../../src/serve/snapshots.ts';
import { overviewOf } from '../../src/serve/views.ts';

/** An engine in memory whose one run stands for many: each costs memory of its own otherwise. */
async function start(runs: number) {
  const engine = createMemoryEngine();
  const one = await engine.openRun(defaultRunOptions());
  const ids = Array.from({ length: runs }, (_, run) => `run-${run}`);
  const changes = new Map<string, Partial<RunCounts>>();
  let counted = 0;
  const many: Engine = Object.assign(Object.create(engine), {
    runs: async () => ids,
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
    const before = counted;
    const snapshot = await snapshots.latest();
    return { snapshot, counted: counted - before };
  };
  return { engine: many, ids, changes, snapshots, looks };
}

test('many viewers and many runs cost no more than one look a second at some of the runs', async () => {
  const { snapshots, looks } = await start(1_000);
  const first = await looks(1_000);
  assert.equal(first.snapshot.runs.length, 1_000);
  await Promise.all(Array.from({ length: 50 }, () => snapshots.latest()));
  assert.equal((await looks(100)).counted, 0);
  assert.equal((await looks(1_000)).counted, 200);
  assert.equal(overviewOf(first.snapshot).runs.length, 100);
  assert.equal(overviewOf(first.snapshot).runs[0]?.run, 'run-999');
});

test('runs that can change are looked at in turn, and those that cannot are not looked at again', async () => {
  const { ids, changes, looks } = await start(500);
  await looks(1_000);
  changes.set('run-3', { state: 'paused' });
  const stateOf = async () => (await looks(1_000)).snapshot.runs.find(({ run }) => run === 'run-3')?.state;
  const states = [await stateOf(), await stateOf(), await stateOf()];
  assert.equal(states.at(-1), 'paused');
  for (const id of ids) changes.set(id, { ended: true });
  for (let look = 0; look < 3; look++) await looks(1_000);
  assert.equal((await looks(1_000)).counted, 0);
});

test('the rate is that of the last seconds, and the time left follows from it', async () => {
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

test('an engine that fails is told of, with the figures of before', async () => {
  const { engine, looks } = await start(2);
  await looks(1_000);
  engine.runs = () => Promise.reject(new Error('READONLY it is a replica'));
  const { snapshot } = await looks(1_000);
  assert.deepEqual(snapshot.away, { sinceMs: 1_002_000, reason: 'READONLY it is a replica' });
  assert.equal(snapshot.runs.length, 2);
  const { redis } = overviewOf((await looks(5_000)).snapshot);
  assert.equal(redis.awaySince, new Date(1_002_000).toISOString());
});
