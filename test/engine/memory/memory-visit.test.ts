import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryEngine } from '../../../src/engine/memory/memory-engine.ts';
import type { Visit } from '../../../src/engine/visit.ts';
import type { Entry } from '../../../src/model/entry.ts';
import type { RunOptions } from '../../../src/model/run-options.ts';
import { batchOf, done, runOptions, until, urls } from '../../contracts/crew.ts';
import { found, foundOn } from '../../contracts/site-graph.ts';

/** Calls `visitor` with the first visit to 20 entries of an origin, and returns the URLs that later visits get. */
async function visit(
  t: test.TestContext,
  visitor: (visit: Visit, first: Entry, pause: () => Promise<void>) => unknown,
  options: Partial<RunOptions> = {},
): Promise<string[]> {
  const engine = createMemoryEngine();
  const run = await engine.openRun(runOptions({ hostConcurrency: 2, ...options }));
  await engine.submit(run, batchOf(0, urls(20)));
  await engine.seal(run, 1);
  const stop = new AbortController();
  const later: string[] = [];
  let [isFirst, isOver] = [true, false];
  const working = engine.work(
    async (visit) => {
      const first = (await visit.next()) as Entry;
      if (isFirst) {
        isFirst = false;
        await visitor(visit, first, () => engine.pause(run));
        isOver = true;
      } else if (isOver) {
        for (let entry: Entry | undefined = first; entry !== undefined; entry = await visit.next()) {
          later.push(new URL(entry.url).pathname);
          visit.settle(entry, done(visit, entry));
        }
      }
    },
    { concurrency: 1, drainMs: 1_000, worker: 'test' },
    stop.signal,
  );
  t.after(async () => {
    stop.abort();
    await working;
    await engine.close();
  });
  await until(async () => isOver && ((await engine.counts(run)).ended || (await engine.counts(run)).state === 'paused'), 'its end');
  return later;
}

const pathsOf = (entries: readonly Entry[] | undefined) => entries?.map(({ url }) => new URL(url).pathname);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `/${from + index}`);

test('a visit reserves its share of the entries, and settles them in their order', async (t) => {
  const later = await visit(t, (visit, first) => {
    const reserved = visit.reserve?.(50) ?? [];
    assert.deepEqual(pathsOf(reserved), range(1, 10));
    assert.throws(() => visit.settle(reserved[0] as Entry, { kind: 'back' }), /not open/);
    for (const entry of [first, ...reserved]) visit.settle(entry, done(visit, entry));
  });
  assert.deepEqual(later, range(10, 20));
});

test('entries that are given back, or left by the visit, keep their order', async (t) => {
  const later = await visit(t, (visit, first) => {
    assert.deepEqual(pathsOf(visit.reserve?.(8)), range(1, 9));
    visit.unreserve?.(3);
    visit.settle(first, done(visit, first));
  });
  assert.deepEqual(later, range(1, 20));
});

test('nothing is reserved of an origin with an interval, or of a paused run', async (t) => {
  await visit(t, (visit) => assert.deepEqual(visit.reserve?.(8), []), { hostIntervalMs: 1 });
  await visit(t, async (visit, _, pause) => {
    await pause();
    assert.deepEqual(visit.reserve?.(8), []);
  });
});

test('the next entry comes after all links of two large pages that were reserved together', async (t) => {
  const engine = createMemoryEngine();
  t.after(() => engine.close());
  const run = await engine.openRun(runOptions({ hostConcurrency: 1, depth: 1_000 }));
  await engine.submit(run, batchOf(0, urls(3)));
  const stop = new AbortController();
  let discovered = 0;
  const working = engine.work(
    async (visit) => {
      const first = (await visit.next()) as Entry;
      const [second] = (visit.reserve?.(1) ?? []) as [Entry];
      visit.settle(first, foundOn(first, visit, found(first, urls(20_000, 'first.test'))));
      visit.settle(second, foundOn(second, visit, found(second, urls(3_000, 'second.test'))));
      await visit.next();
      discovered = (await engine.counts(run)).discovered;
      stop.abort();
    },
    { concurrency: 1, drainMs: 1_000, worker: 'test' },
    stop.signal,
  );
  await working;
  assert.equal(discovered, 23_000);
});
