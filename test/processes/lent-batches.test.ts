import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import type { Entry } from '../../src/model/entry.ts';
import type { RunOptions } from '../../src/model/run-options.ts';
import type { FromChild, ToChild } from '../../src/processes/messages.ts';
import { batchOf, collectAll, done, type FetchEntry, runOptions, sorted, startCrew, until, urls } from '../contracts/crew.ts';
import { found, foundOn } from '../contracts/site-graph.ts';
import { lendingEngine } from './lending-engine.ts';

/** Fetches these lines with two visits at a time, over an engine that lends its visits. */
async function start(t: test.TestContext, lines: readonly string[], fetchEntry: FetchEntry, options: Partial<RunOptions> = {}) {
  const messages: Array<FromChild | ToChild> = [];
  const engine = lendingEngine(createMemoryEngine(), { onMessage: (message) => messages.push(message) });
  const run = await engine.openRun(runOptions({ hostConcurrency: 2, ...options }));
  await engine.submit(run, batchOf(0, lines));
  await engine.seal(run, 1);
  const crew = startCrew(engine, fetchEntry, { concurrency: 2 });
  t.after(async () => {
    await crew.stop();
    await engine.close();
  });
  const lent = () => messages.flatMap((message) => (message.kind === 'lend' || message.kind === 'next' ? [message.lent] : []));
  /** How many entries each message to the other process had. */
  const sizes = () => lent().map(({ length }) => length);
  /** True if the entry was lent with others that come after it. */
  const hasOthers = ({ url }: Entry) => lent().some((entries) => entries.length > 4 && entries[0]?.entry.url === url);
  const returned = () => messages.some(({ kind }) => kind === 'return');
  return { engine, run, crew, sizes, hasOthers, returned };
}

test('entries of an origin that answers fast are lent several at a time', async (t) => {
  const lines = urls(400);
  const { engine, run, crew, sizes } = await start(t, lines, async (entry, visit) => done(visit, entry));
  const { outcomes } = await collectAll(engine, run);
  assert.deepEqual(sorted(outcomes), [...lines].sort());
  assert.equal(crew.fetches.length, lines.length);
  assert.ok(sizes().length < lines.length / 2, `${sizes().length} messages`);
  assert.ok(Math.max(...sizes()) <= 16, `${Math.max(...sizes())} entries`);
});

test('a slow URL does not hold up those that were lent with it', async (t) => {
  const lines = urls(400);
  let slow: string | undefined;
  const { engine, run, crew, hasOthers, returned } = await start(t, lines, async (entry, visit) => {
    if (hasOthers(entry)) slow ??= entry.url;
    if (entry.url === slow) await until(() => crew.fetches.length === lines.length, 'the fetch of all others');
    return done(visit, entry);
  });
  const { outcomes } = await collectAll(engine, run);
  assert.deepEqual(sorted(outcomes), [...lines].sort());
  assert.equal(crew.fetches.length, lines.length, 'none was fetched twice');
  assert.ok(returned());
});

test('when an origin asks for a pause, no entries that were lent before are requested', async (t) => {
  let atHold = 0;
  const { engine, run, crew, hasOthers, returned } = await start(t, urls(400), async (entry, visit) => {
    if (atHold === 0 && hasOthers(entry)) {
      atHold = crew.fetches.length;
      return done(visit, entry, { holdMs: 60_000 });
    }
    // A turn of the event loop, so that the other visit is always in the middle of an entry.
    await new Promise((resolve) => setImmediate(resolve));
    return done(visit, entry);
  });
  await until(async () => atHold > 0 && (await engine.counts(run)).inFlight === 0, 'the end of the requests in flight');
  assert.ok(returned());
  assert.ok(crew.fetches.length <= atHold + 1, `${crew.fetches.length - atHold} requests came later`);
});

test('entries that must not be requested twice are lent one at a time', async (t) => {
  const { engine, run, sizes } = await start(t, urls(100), async (entry, visit) => done(visit, entry), { method: 'POST' });
  await collectAll(engine, run);
  assert.equal(Math.max(...sizes()), 1);
});

/** Each page links to all pages. */
const SITE = Array.from({ length: 120 }, (_, index) => `http://a.test/${index}`);

for (const depth of [5, 1_000]) {
  test(`pages with links are lent several at a time, and each URL is fetched once: depth ${depth}`, async (t) => {
    const { engine, run, crew, sizes } = await start(
      t,
      SITE.slice(0, 1),
      async (entry, visit) => foundOn(entry, visit, found(entry, SITE)),
      { depth },
    );
    const { outcomes } = await collectAll(engine, run);
    assert.deepEqual(sorted(outcomes), [...SITE].sort());
    assert.equal(crew.fetches.length, SITE.length);
    assert.equal((await engine.counts(run)).discovered, SITE.length - 1);
    assert.ok(Math.max(...sizes()) > 1, 'several at a time');
  });
}

test('links that a limit skips are counted for each page, whatever else is lent with it', async (t) => {
  const [most, beyond] = [60, SITE.length - 60];
  const { engine, run, sizes } = await start(
    t,
    SITE.slice(0, most),
    // Only the last pages link to more than the limit allows, so links of earlier pages were taken before.
    async (entry, visit) => foundOn(entry, visit, found(entry, Number(entry.url.split('/').pop()) < 30 ? SITE.slice(0, most) : SITE)),
    { depth: 1_000, maxUrls: most },
  );
  await collectAll(engine, run);
  assert.ok(Math.max(...sizes()) > 1, 'several at a time');
  assert.deepEqual((await engine.counts(run)).leftOut, { 'max-urls': 30 * beyond });
});

test('links that a limit skips are counted for each large page that is lent alone', async (t) => {
  const pages = urls(3_000);
  const engine = lendingEngine(createMemoryEngine(), { isAlone: true });
  const run = await engine.openRun(runOptions({ depth: 1_000, maxUrls: 3 }));
  await engine.submit(run, batchOf(0, pages.slice(0, 3)));
  await engine.seal(run, 1);
  const crew = startCrew(engine, async (entry, visit) => foundOn(entry, visit, found(entry, pages)), { concurrency: 1 });
  t.after(async () => {
    await crew.stop();
    await engine.close();
  });
  await collectAll(engine, run);
  assert.deepEqual((await engine.counts(run)).leftOut, { 'max-urls': 3 * (pages.length - 3) });
});
