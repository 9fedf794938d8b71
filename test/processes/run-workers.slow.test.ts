import assert from 'node:assert/strict';
import { pid as ownPid } from 'node:process';
import { test } from 'node:test';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { readOutcome } from '../../src/model/lines/outcome-line.ts';
import { silentLog } from '../../src/model/log.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { processesHere } from '../../src/processes/processes-here.ts';
import { runWorkers } from '../../src/processes/run-workers.ts';
import { batchOf, runOptions, sorted } from '../contracts/crew.ts';
import { startSite } from '../helpers/site.ts';
import { DEADLINE_MS } from '../helpers/until.ts';
import { fetchingChildren } from './own-children.ts';

const CONCURRENCY = 8;

interface Crawled {
  answerMs?: number;
  /** Whether more processes would help. */
  helps: boolean;
  /** Called when other processes have settled 100 URLs. */
  onOthers?: () => Promise<void>;
}

/** Crawls with `auto`: 200 URLs or, if more processes would help, as many as it takes until others have settled 100. */
async function crawl(t: test.TestContext, { answerMs = 20, helps, onOthers = async () => {} }: Crawled) {
  let [inFlight, most] = [0, 0];
  const site = await startSite((_request, response) => {
    most = Math.max(most, ++inFlight);
    response.on('close', () => inFlight--);
    setTimeout(() => response.end('ok'), answerMs);
  });
  const engine = createMemoryEngine({ maxWaiting: 2_000 });
  const stop = new AbortController();
  t.after(() => Promise.all([site.close(), engine.close()]));
  const lines: string[] = [];
  const run = await engine.openRun(runOptions({ hostConcurrency: 50 }));
  let isDone = !helps;
  const produce = async () => {
    for (let batch = 0; batch === 0 || !isDone; batch++) {
      const more = Array.from({ length: 200 }, (_, index) => `${site.origin}/get?page=${lines.length + index}`);
      lines.push(...more);
      await engine.submit(run, batchOf(batch, more, batch * 200 + 1));
    }
    await engine.seal(run);
  };
  const processes = { wanted: 'auto', spec: { kind: 'memory' }, busyCheck: { everyMs: 20, wouldMoreHelp: () => helps } } as const;
  const options = { concurrency: CONCURRENCY, drainMs: 5_000, worker: 'parent', alone: true };
  const working = runWorkers(engine, processes, options, silentLog, stop.signal);
  const producing = produce();
  const outcomes: Outcome[] = [];
  for await (const batch of engine.outcomes(run, '', AbortSignal.timeout(DEADLINE_MS))) {
    outcomes.push(...batch.lines.map(readOutcome));
    if (isDone || outcomes.filter(({ worker }) => worker !== 'parent').length < 100) continue;
    isDone = true;
    await onOthers();
  }
  stop.abort();
  await Promise.all([producing, working]);
  return { site, lines, outcomes, workers: new Set(outcomes.map(({ worker }) => worker)), most };
}

test('a crawl that keeps its core busy continues in other processes, with no URL lost or repeated and its limit kept', async (t) => {
  const processes = processesHere(CONCURRENCY);
  if (processes === 1) return t.skip('one core');
  const { lines, outcomes, workers, most } = await crawl(t, { helps: true });
  assert.deepEqual(sorted(outcomes), [...lines].sort());
  assert.ok(workers.has('parent'), 'it started in one process');
  // On two cores, this process is one of the two.
  assert.ok(workers.size >= (processes === 2 ? 2 : 3), `${workers.size} processes fetched`);
  assert.ok(most <= CONCURRENCY, `${most} at a time`);
});

test('what a killed process was fetching is not fetched by the command itself', async (t) => {
  if (processesHere(CONCURRENCY) === 1) return t.skip('one core');
  const killOthers = async () => {
    for (const pid of await fetchingChildren(ownPid)) process.kill(pid, 'SIGKILL');
  };
  const { site, lines, outcomes } = await crawl(t, { answerMs: 2, helps: true, onOthers: killOthers });
  assert.deepEqual(sorted(outcomes), [...lines].sort());
  const times = new Map<string, number>();
  for (const { path } of site.hits) times.set(path, (times.get(path) ?? 0) + 1);
  const again = outcomes.filter(({ url }) => (times.get(url.slice(site.origin.length)) ?? 0) > 1);
  assert.ok(again.length > 0, 'it was fetching something');
  assert.deepEqual(
    again.filter(({ worker }) => worker === 'parent'),
    [],
  );
});

test('a crawl that one process can handle starts no others', async (t) => {
  const { lines, outcomes, workers } = await crawl(t, { helps: false });
  assert.deepEqual(sorted(outcomes), [...lines].sort());
  assert.deepEqual([...workers], ['parent']);
});
