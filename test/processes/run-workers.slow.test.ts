import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { silentLog } from '../../src/model/log.ts';
import { runWorkers } from '../../src/processes/run-workers.ts';
import { batchOf, collectAll, runOptions, sorted } from '../contracts/crew.ts';
import { startSite } from '../helpers/site.ts';

const CONCURRENCY = 8;

/** Crawls this many URLs with `auto`. @param helps whether more processes would help */
async function crawl(t: test.TestContext, urls: number, helps: boolean) {
  let [inFlight, most] = [0, 0];
  const site = await startSite((_request, response) => {
    most = Math.max(most, ++inFlight);
    response.on('close', () => inFlight--);
    setTimeout(() => response.end('ok'), 20);
  });
  const engine = createMemoryEngine();
  const stop = new AbortController();
  t.after(() => Promise.all([site.close(), engine.close()]));
  const lines = Array.from({ length: urls }, (_, index) => `${site.origin}/get?page=${index}`);
  const run = await engine.openRun(runOptions({ hostConcurrency: 50 }));
  await engine.submit(run, batchOf(0, lines));
  // The end of an open run is never near, because more URLs may come.
  setTimeout(() => void engine.seal(run, 1), 500);
  const processes = { wanted: 'auto', spec: { kind: 'memory' }, busyCheck: { everyMs: 20, wouldMoreHelp: () => helps } } as const;
  const options = { concurrency: CONCURRENCY, drainMs: 5_000, worker: 'parent', alone: true };
  const working = runWorkers(engine, processes, options, silentLog, stop.signal);
  const { outcomes } = await collectAll(engine, run);
  stop.abort();
  await working;
  return { lines, outcomes, workers: new Set(outcomes.map(({ worker }) => worker)), most };
}

test('a crawl that keeps its core busy continues in other processes, with no URL lost or repeated and its limit kept', async (t) => {
  if (availableParallelism() === 1) return t.skip('one core');
  const { lines, outcomes, workers, most } = await crawl(t, 900, true);
  assert.deepEqual(sorted(outcomes), [...lines].sort());
  assert.ok(workers.has('parent'), 'it started in one process');
  assert.ok(workers.size >= 3, `${workers.size} processes fetched`);
  assert.ok(most <= CONCURRENCY, `${most} at a time`);
});

test('a crawl that one process can handle starts no others', async (t) => {
  const { lines, outcomes, workers } = await crawl(t, 100, false);
  assert.deepEqual(sorted(outcomes), [...lines].sort());
  assert.deepEqual([...workers], ['parent']);
});
