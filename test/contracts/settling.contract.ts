import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Engine } from '../../src/engine/engine.ts';
import { DEADLINE_MS } from '../helpers/until.ts';
import { batchOf, collectAll, done, type EngineOnTrial, outcomeOf, runOptions, sorted, startCrew, urls } from './crew.ts';

/** The settling tests that both engines must pass. `given` is one engine shared by all topics. */
export function settlingContract(given: () => Promise<EngineOnTrial>): void {
  describe('settling', () => {
    let engine: Engine;
    before(async () => {
      ({ engine } = await given());
    });

    it('retries an entry when it is due, not before, and produces one outcome for it', async () => {
      const run = await engine.openRun(runOptions());
      const tries: Array<{ atMs: number; attempts: number }> = [];
      const crew = startCrew(engine, async (entry, visit) => {
        tries.push({ atMs: performance.now(), attempts: entry.attempts });
        if (entry.attempts === 2) return done(visit, entry);
        return { kind: 'retry', afterMs: 150, entry: { ...entry, attempts: entry.attempts + 1 } };
      });
      await engine.submit(run, batchOf(0, ['http://flaky.test/']));
      await engine.seal(run, 1);
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      assert.deepEqual(
        outcomes.map(({ url, attempts, line }) => [url, attempts, line]),
        [['http://flaky.test/', 3, 1]],
      );
      assert.deepEqual(
        tries.map((attempt) => attempt.attempts),
        [0, 1, 2],
      );
      for (const index of [1, 2]) assert.ok((tries[index]?.atMs ?? 0) - (tries[index - 1]?.atMs ?? 0) >= 145);
      assert.equal((await engine.counts(run)).retries, 2);
    });

    it('counts no retry for an entry that waited and was not fetched', async () => {
      const run = await engine.openRun(runOptions());
      const crew = startCrew(engine, async (entry, visit) => {
        if (entry.deferrals === 1) return done(visit, entry);
        return { kind: 'retry', afterMs: 1, entry: { ...entry, deferrals: 1 }, unfetched: true };
      });
      await engine.submit(run, batchOf(0, urls(20)));
      await engine.seal(run, 1);
      assert.equal((await collectAll(engine, run)).outcomes.length, 20);
      await crew.stop();
      assert.equal(crew.fetches.length, 40);
      const { retries, inFlight } = await engine.counts(run);
      assert.deepEqual([retries, inFlight], [0, 0]);
    });

    it('reassigns an entry that was given back, and loses none that a visit left unsettled', async () => {
      const run = await engine.openRun(runOptions());
      const seen = new Set<string>();
      const crew = startCrew(engine, async (entry, visit) => {
        if (seen.has(entry.url)) return done(visit, entry);
        seen.add(entry.url);
        return { kind: 'back' };
      });
      await engine.submit(run, batchOf(0, urls(120)));
      await engine.seal(run, 1);
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      assert.deepEqual(sorted(outcomes), urls(120).sort());
      assert.equal(crew.fetches.length, 240);
    });

    it('counts outcomes by kind', async () => {
      const run = await engine.openRun(runOptions());
      const verdicts = ['ok', 'broken', 'dns', 'robots'] as const;
      const crew = startCrew(engine, async (entry, visit) => {
        const verdict = verdicts[Number(entry.url.at(-1)) % 4] ?? 'ok';
        return { kind: 'outcome', outcome: outcomeOf(visit.run, entry, { verdict, ok: verdict === 'ok' }) };
      });
      await engine.submit(run, batchOf(0, urls(8)));
      await engine.seal(run, 1);
      await collectAll(engine, run);
      await crew.stop();
      const { ok, failed, skipped, settled } = await engine.counts(run);
      assert.deepEqual({ ok, failed, skipped, settled }, { ok: 2, failed: 4, skipped: 2, settled: 8 });
    });

    it('refuses to settle an entry twice', async () => {
      const run = await engine.openRun(runOptions());
      let refused = 0;
      const stop = new AbortController();
      const working = engine.work(
        async (visit) => {
          for (let entry = await visit.next(); entry !== undefined; entry = await visit.next()) {
            visit.settle(entry, done(visit, entry));
            try {
              visit.settle(entry, done(visit, entry));
            } catch {
              refused++;
            }
          }
        },
        { concurrency: 2, drainMs: 1_000, worker: 'twice' },
        stop.signal,
      );
      await engine.submit(run, batchOf(0, urls(10)));
      await engine.seal(run, 1);
      const { outcomes } = await collectAll(engine, run);
      stop.abort();
      await working;
      assert.deepEqual([outcomes.length, refused], [10, 10]);
    });

    it('measures the waiting time of an entry with a single clock', async () => {
      const run = await engine.openRun(runOptions());
      const waits: number[] = [];
      await engine.submit(run, batchOf(0, urls(3)));
      await engine.seal(run, 1);
      const crew = startCrew(engine, async (entry, visit) => {
        waits.push(visit.nowMs() - entry.acceptedAtMs);
        return done(visit, entry);
      });
      await collectAll(engine, run);
      await crew.stop();
      assert.ok(
        waits.every((waitMs) => waitMs >= -5 && waitMs < DEADLINE_MS),
        waits.join(' '),
      );
    });
  });
}
