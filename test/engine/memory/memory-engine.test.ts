import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createMemoryEngine } from '../../../src/engine/memory/memory-engine.ts';
import { LoggedRows } from '../../../src/engine/rules/logged-rows.ts';
import { FrontierDiskError, UnknownRunError } from '../../../src/model/errors.ts';
import { formatOutcome } from '../../../src/model/lines/outcome-line.ts';
import { batchOf, collectAll, done, outcomeOf, runOptions, sorted, startCrew, until, urls } from '../../contracts/crew.ts';
import { found, foundOn } from '../../contracts/site-graph.ts';
import { DEADLINE_MS } from '../../helpers/until.ts';

const LOGGED = { schema: 1, run: 'earlier', method: 'GET', verdict: 'ok', ok: true, attempts: 1, depth: 0, finishedAt: '' } as const;

test('an entry that is given back to an origin already emptied by another visit is cancelled like the rest', async (t) => {
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

test('large outcomes are read a few at a time', async (t) => {
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

test('rows of an earlier process count towards the URL limit, whether or not they are found again', async (t) => {
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

test('a cancelled run with very many waiting URLs yields its rows as the collector makes room', async (t) => {
  const engine = createMemoryEngine({ maxUnreleased: 1_000 });
  t.after(() => engine.close());
  const run = await engine.openRun(runOptions());
  const collector = { id: 'collector', folder: 'folder' };
  for (let batch = 0; batch < 5; batch++) await engine.submit(run, batchOf(batch, urls(1_000, `${batch}.test`), batch * 1_000 + 1));
  await engine.cancel(run);
  assert.equal((await engine.counts(run)).unreleased, 1_000);
  const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
  await engine.claim(run, collector);
  let rows = 0;
  for await (const { lines, cursor } of engine.outcomes(run, '', AbortSignal.timeout(20_000))) {
    rows += lines.length;
    await engine.release(run, cursor, collector);
  }
  await crew.stop();
  const { ended, skipped } = await engine.counts(run);
  assert.deepEqual([rows, skipped, ended, crew.fetches.length], [5_000, 5_000, true, 0]);
});

test('a batch that is waiting for room is refused when its run is removed', async (t) => {
  const engine = createMemoryEngine({ maxWaiting: 1 });
  t.after(() => engine.close());
  const run = await engine.openRun(runOptions());
  await engine.submit(run, batchOf(0, urls(2)));
  const waiting = assert.rejects(engine.submit(run, batchOf(1, urls(2, 'b.test'), 3)), UnknownRunError);
  await engine.remove(run);
  await waiting;
});

test('a failure to write the file for waiting URLs ends the work and reports the reason', async (t) => {
  const overflowFile = () => join(tmpdir(), 'trawl-missing', 'folder', 'waiting');
  const engine = createMemoryEngine({ overflowFile, frontier: { chunkChars: 1, mostInMemory: 0 } });
  t.after(() => engine.close());
  const run = await engine.openRun(runOptions({ depth: 1 }));
  const isDiskError = (error: unknown) => error instanceof FrontierDiskError && /ENOENT/.test(error.message);
  await assert.rejects(engine.submit(run, batchOf(0, urls(2))), isDiskError);
});

test('each of many origins gets its turn, whether or not it has a backlog', async (t) => {
  const engine = createMemoryEngine({ frontier: { mostBacklogs: 3 } });
  t.after(() => engine.close());
  const run = await engine.openRun(runOptions({ hostConcurrency: 1 }));
  const lines = Array.from({ length: 200 }, (_, index) => `http://${index % 20}.test/${Math.floor(index / 20)}`);
  await engine.submit(run, batchOf(0, [...urls(50, 'first.test'), ...lines]));
  await engine.seal(run, 1);
  const crew = startCrew(engine, async (entry, visit) => done(visit, entry), { concurrency: 2 });
  await collectAll(engine, run);
  await crew.stop();
  for (const host of ['first.test', ...Array.from({ length: 20 }, (_, index) => `${index}.test`)]) {
    const order = crew.fetches.filter(({ origin }) => origin === `http://${host}`).map(({ url }) => Number(url.split('/').at(-1)));
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
      `those of ${host} in their order`,
    );
    assert.equal(order.length, host === 'first.test' ? 50 : 10);
  }
});
