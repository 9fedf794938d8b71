import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { type TestContext, test } from 'node:test';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { silentLog } from '../../src/model/log.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { runWorkers } from '../../src/processes/run-workers.ts';
import { batchOf, collectAll, runOptions, sorted, until } from '../contracts/crew.ts';
import { startSite } from '../helpers/site.ts';
import { fetchingChildren } from './own-children.ts';

interface Crawl {
  urls: number;
  concurrency: number;
  /** Whether more processes would help. */
  helps: boolean;
}

/** Starts a crawl with `auto`, in a command whose rows have the worker `parent`. */
async function start(t: TestContext, { urls, concurrency, helps }: Crawl) {
  let [inFlight, most] = [0, 0];
  /** Set while the site keeps its answers back. */
  let held: Array<() => void> | undefined;
  const site = await startSite((_request, response) => {
    most = Math.max(most, ++inFlight);
    response.on('close', () => inFlight--);
    setTimeout(() => {
      if (held === undefined) response.end('ok');
      else held.push(() => response.end('ok'));
    }, 20);
  });
  const hold = () => {
    held = [];
    return held;
  };
  const release = () => {
    const answers = held ?? [];
    held = undefined;
    for (const answer of answers) answer();
  };
  const engine = createMemoryEngine();
  const stop = new AbortController();
  const lines = Array.from({ length: urls }, (_, index) => `${site.origin}/get?page=${index}`);
  const run = await engine.openRun(runOptions({ hostConcurrency: 50 }));
  await engine.submit(run, batchOf(0, lines));
  // The end of an open run is never near, because more URLs may come.
  setTimeout(() => void engine.seal(run, 1), 500);
  const processes = { wanted: 'auto', spec: { kind: 'memory' }, busyCheck: { everyMs: 20, wouldMoreHelp: () => helps } } as const;
  const options = { concurrency, drainMs: 5_000, worker: 'parent', alone: true };
  const working = runWorkers(engine, processes, options, silentLog, stop.signal);
  const end = async () => {
    stop.abort();
    await working;
  };
  t.after(async () => {
    release();
    await end();
    await Promise.all([site.close(), engine.close()]);
  });
  return { engine, run, lines, end, most: () => most, hold, release };
}

/** Crawls to the end. */
async function crawl(t: TestContext, crawled: Crawl) {
  const { engine, run, lines, end, most } = await start(t, crawled);
  const { outcomes } = await collectAll(engine, run);
  await end();
  return { lines, outcomes, workers: new Set(outcomes.map(({ worker }) => worker)), most: most() };
}

/** The most entries of a visit in memory. A visit that began before other processes were ready ends after them. */
const VISIT_ENTRIES = 50;
/** With so many requests at a time, there are two processes on any machine with two cores or more. */
const TWO = 2;

/** The rows of the command since the first row of another process. */
function rowsBeside(outcomes: readonly Outcome[]): number {
  const first = outcomes.findIndex(({ worker }) => worker !== 'parent');
  return first === -1 ? 0 : outcomes.slice(first).filter(({ worker }) => worker === 'parent').length;
}

test('a crawl that keeps its core busy continues in other processes, with no URL lost or repeated and its limit kept', async (t) => {
  if (availableParallelism() === 1) return t.skip('one core');
  const { lines, outcomes, workers, most } = await crawl(t, { urls: 900, concurrency: 8, helps: true });
  assert.deepEqual(sorted(outcomes), [...lines].sort());
  assert.ok(workers.has('parent'), 'it started in one process');
  assert.ok(workers.size >= 2, `${workers.size} processes fetched`);
  assert.ok(most <= 8, `${most} at a time`);
});

test('with two processes, the command goes on fetching beside the other one', async (t) => {
  if (availableParallelism() === 1) return t.skip('one core');
  const { lines, outcomes, workers, most } = await crawl(t, { urls: 700, concurrency: TWO, helps: true });
  assert.deepEqual(sorted(outcomes), [...lines].sort());
  assert.equal(workers.size, 2);
  assert.ok(rowsBeside(outcomes) > 2 * VISIT_ENTRIES, `${rowsBeside(outcomes)} rows of the command`);
  assert.ok(most <= TWO, `${most} at a time`);
});

test('once the other of two processes has died, the command fetches nothing, and two others fetch', async (t) => {
  if (availableParallelism() === 1) return t.skip('one core');
  const { engine, run, lines, end, hold, release } = await start(t, { urls: 900, concurrency: TWO, helps: true });
  const outcomes: Outcome[] = [];
  const collecting = (async () => {
    for await (const batch of engine.outcomes(run, '', new AbortController().signal))
      outcomes.push(...batch.lines.map((line) => JSON.parse(line) as Outcome));
  })();
  await until(() => rowsBeside(outcomes) > 2 * VISIT_ENTRIES, 'rows of both processes');
  const held = hold();
  await until(() => held.length === TWO, 'a held request of each process');
  const [victim] = await fetchingChildren(process.pid);
  process.kill(victim ?? 0, 'SIGKILL');
  await until(async () => (await fetchingChildren(process.pid)).length === 2, 'two other processes');
  await until(async () => outcomes.length === (await engine.counts(run)).settled, 'all rows so far');
  const rowsHere = () => outcomes.filter(({ worker }) => worker === 'parent').length;
  const before = rowsHere();
  release();
  await collecting;
  await end();
  assert.deepEqual(sorted(outcomes), [...lines].sort());
  assert.equal(rowsHere(), before + 1, 'only the request in flight');
  assert.ok(new Set(outcomes.map(({ worker }) => worker)).size >= 3);
});

test('a crawl that one process can handle starts no others', async (t) => {
  const { lines, outcomes, workers } = await crawl(t, { urls: 100, concurrency: 8, helps: false });
  assert.deepEqual(sorted(outcomes), [...lines].sort());
  assert.deepEqual([...workers], ['parent']);
});
