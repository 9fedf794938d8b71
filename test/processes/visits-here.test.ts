import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import type { Visit } from '../../src/engine/visit.ts';
import type { Entry } from '../../src/model/entry.ts';
import { VisitsHere } from '../../src/processes/visits-here.ts';
import { batchOf, done, runOptions, until, urls } from '../contracts/crew.ts';

/** Begins one visit to an origin with 100 URLs. */
async function start(t: TestContext, visit: (visit: Visit) => Promise<void>) {
  // Time stands still, so the visit is not over before its entries are.
  const engine = createMemoryEngine({ clock: { wallMs: () => 0, monotonicMs: () => 0 } });
  const run = await engine.openRun(runOptions());
  await engine.submit(run, batchOf(0, urls(100)));
  const held: string[] = [];
  const here = new VisitsHere({
    visitor: { visit, accepts: async () => true, capacity: { visits: 10 } },
    most: 3,
    onEnd: () => {},
    onHold: (origin) => held.push(origin),
  });
  const stop = new AbortController();
  const stopped = once(stop.signal, 'abort');
  let visits = 0;
  const visitor = async (each: Visit) => {
    if (visits++ === 0) await here.visit(each);
    else await stopped;
  };
  const working = engine.work(visitor, { concurrency: 1, drainMs: 0, worker: 'parent' }, stop.signal);
  t.after(async () => {
    stop.abort();
    await working;
    await engine.close();
  });
  const settled = async () => (await engine.counts(run)).settled;
  return { here, held, settled };
}

test('an origin that asks for a pause, or whose robots.txt asks for an interval, is reported', async (t) => {
  let fetched = 0;
  const { held, settled } = await start(t, async (visit) => {
    for (let entry = await visit.next(); entry !== undefined; entry = await visit.next()) {
      fetched++;
      if (fetched === 1) await visit.keepRobots('http://b.test', { text: '', keepMs: 1_000, intervalMs: 0 });
      if (fetched === 2) await visit.keepRobots('http://c.test', { text: '', keepMs: 1_000, intervalMs: 5 });
      visit.settle(entry, done(visit, entry, fetched === 3 ? { holdMs: 60_000 } : undefined));
    }
  });
  await until(() => held.length === 2, 'both reports');
  assert.deepEqual(held, ['http://c.test', 'http://a.test']);
  assert.equal(await settled(), 3);
});

test('once it is closed, a visit in progress takes no further entry', async (t) => {
  const taken: Array<Entry | undefined> = [];
  const { here } = await start(t, async (visit) => {
    const entry = (await visit.next()) as Entry | undefined;
    taken.push(entry);
    if (entry === undefined) return;
    assert.equal(here.free, 2);
    here.close();
    visit.settle(entry, done(visit, entry));
    taken.push(await visit.next());
  });
  await until(() => taken.length >= 2, 'the end of a visit');
  assert.notEqual(taken[0], undefined);
  assert.equal(taken[1], undefined);
});
