import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoggedRows } from '../../../src/core/logged-rows.ts';
import { formatOutcome } from '../../../src/core/outcome-line.ts';
import { createMemoryEngine } from '../../../src/engine/memory/memory-engine.ts';
import { batchOf, collectAll, done, outcomeOf, runOptions, sorted, startCrew, until, urls } from '../../contracts/crew.ts';
import { found, foundOn } from '../../contracts/site-graph.ts';
import { DEADLINE_MS } from '../../helpers/until.ts';

const LOGGED = { schema: 1, run: 'earlier', method: 'GET', verdict: 'ok', ok: true, attempts: 1, depth: 0, finishedAt: '' } as const;

test('what goes back to an origin that another visit had emptied is cancelled like the rest', async (t) => {
  const engine = createMemoryEngine();
  t.after(() => engine.close());
  const run = await engine.openRun(runOptions({ hostConcurrency: 2 }));
  let giveBack = () => {};
  const held = new Promise<void>((resolve) => {
    giveBack = resolve;
  });
  const crew = startCrew(engine, async (entry, visit) => {
    if (entry.url.endsWith('/1')) return done(visit, entry);
    await held;
    return { kind: 'back' };
  });
  await engine.submit(run, batchOf(0, urls(2)));
  await until(async () => (await engine.counts(run)).settled === 1, 'one visit to end');
  await engine.pause(run);
  giveBack();
  await until(async () => (await engine.counts(run)).inFlight === 0, 'the other to give back');
  await engine.cancel(run);
  const { outcomes } = await collectAll(engine, run);
  await crew.stop();
  assert.deepEqual(outcomes.map(({ verdict }) => verdict).sort(), ['cancelled', 'ok']);
  assert.equal(crew.fetches.length, 2);
});

test('outcomes that hold much are read a few at a time', async (t) => {
  const engine = createMemoryEngine();
  t.after(() => engine.close());
  const run = await engine.openRun(runOptions());
  const data = ['x'.repeat(500_000)];
  const crew = startCrew(engine, async (entry, visit) => ({ kind: 'outcome', outcome: outcomeOf(visit.run, entry, { data }) }));
  await engine.submit(run, batchOf(0, urls(40)));
  await engine.seal(run, 1);
  await until(async () => (await engine.counts(run)).settled === 40, 'all of them to wait for their collector');
  let rows = 0;
  for await (const { lines } of engine.outcomes(run, '', AbortSignal.timeout(DEADLINE_MS))) {
    rows += lines.length;
    assert.ok(lines.length < 12, `${lines.length} at once`);
  }
  await crew.stop();
  assert.equal(rows, 40);
});

test('rows of an earlier process count among the URLs that a run may have, met again or not', async (t) => {
  const engine = createMemoryEngine();
  t.after(() => engine.close());
  const [home, ...links] = urls(7) as [string, ...string[]];
  const logged = new LoggedRows();
  const rows = [home, links[4] as string, 'http://gone.test/'];
  for (const url of rows) logged.add(formatOutcome({ ...LOGGED, url, links: url === home ? 6 : 0 }));
  const run = await engine.openRun(runOptions({ depth: 3, maxUrls: 5 }));
  await engine.restore(run, logged);
  await engine.submit(run, batchOf(0, [home]));
  await engine.seal(run, 1);
  const crew = startCrew(engine, async (entry, visit) => foundOn(entry, visit, found(entry, entry.url === home ? links : [])));
  const { outcomes } = await collectAll(engine, run);
  await crew.stop();
  assert.deepEqual(sorted(outcomes), links.slice(0, 2).sort());
  assert.deepEqual((await engine.counts(run)).leftOut, { 'max-urls': 3 });
});
