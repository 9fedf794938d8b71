import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../../src/engine/engine.ts';
import { scaledMs } from '../helpers/until.ts';
import { batchOf, collectAll, done, type EngineOnTrial, runOptions, startCrew, until, urls } from './crew.ts';

/** The politeness tests that both engines must pass. `given` is one engine shared by all topics. */
export function politenessContract(given: () => Promise<EngineOnTrial>): void {
  describe('politeness', () => {
    let engine: Engine;
    before(async () => {
      ({ engine } = await given());
    });

    it('reports the minimum time that the waiting entries will take', async () => {
      const [run, other] = [await engine.openRun(runOptions({ hostIntervalMs: 60_000 })), await engine.openRun(runOptions())];
      await engine.submit(run, batchOf(0, [...urls(3, 'least-a.test'), ...urls(5, 'least-b.test')]));
      await engine.submit(other, batchOf(0, urls(3, 'least-c.test')));
      let fetched = 0;
      const crew = startCrew(engine, async (entry, visit) => {
        if (entry.origin !== 'http://least-c.test') fetched++;
        return done(visit, entry);
      });
      await until(async () => fetched === 2 && (await engine.counts(run)).settled === 2, 'each origin had its first request');
      assert.deepEqual([await engine.leastMs(run), await engine.leastMs(other)], [4 * 60_000, 0]);
      await engine.cancel(run);
      await engine.seal(other, 1);
      await collectAll(engine, run);
      await collectAll(engine, other);
      await crew.stop();
      assert.equal(await engine.leastMs(run), 0);
    });

    it('reaches its concurrency and never exceeds it', async () => {
      const run = await engine.openRun(runOptions());
      const crew = startCrew(engine, async (entry, visit) => sleep(20).then(() => done(visit, entry)), { concurrency: 7 });
      await engine.submit(run, batchOf(0, [...urls(40, 'a.test'), ...urls(40, 'b.test'), ...urls(40, 'c.test')]));
      await engine.seal(run, 1);
      await collectAll(engine, run);
      await crew.stop();
      assert.equal(crew.mostAtOnce(), 7);
    });

    it('keeps to its allowance as that shrinks and grows', async () => {
      const run = await engine.openRun(runOptions());
      let tell = () => {};
      const allowance = {
        visits: 8,
        onChange: (listener: () => void) => {
          tell = listener;
        },
      };
      let [inProgress, most, ended] = [0, 0, 0];
      const crew = startCrew(
        engine,
        async (entry, visit) => {
          most = Math.max(most, ++inProgress);
          await sleep(10);
          inProgress--;
          ended++;
          return done(visit, entry);
        },
        { concurrency: 8, allowance },
      );
      await engine.submit(run, batchOf(0, Array.from({ length: 60 }, (_, index) => urls(10, `h${index}.test`)).flat()));
      await until(() => most === 8, 'the full concurrency');
      allowance.visits = 2;
      tell();
      // Visits in progress continue for a while, and between two entries they have nothing in flight.
      await until(async () => {
        most = 0;
        const enough = ended + 40;
        await until(() => ended >= enough, 'work within the allowance');
        return most === 2;
      }, 'those above the allowance to end');
      allowance.visits = 8;
      tell();
      await until(() => most === 8, 'the full concurrency again');
      await engine.seal(run, 1);
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      assert.equal(outcomes.length, 600);
    });

    it('reaches the host concurrency and never exceeds it, and shares a short backlog among the lanes', async () => {
      const run = await engine.openRun(runOptions({ hostConcurrency: 3 }));
      const crew = startCrew(engine, async (entry, visit) => sleep(50).then(() => done(visit, entry)), { concurrency: 10 });
      await engine.submit(run, batchOf(0, [...urls(12, 'a.test'), ...urls(12, 'b.test')]));
      await engine.seal(run, 1);
      await collectAll(engine, run);
      await crew.stop();
      assert.equal(crew.mostAtOnce('http://a.test'), 3);
      assert.equal(crew.mostAtOnce('http://b.test'), 3);
      assert.ok(crew.mostAtOnce() > 3, 'two origins at once');
    });

    it('keeps the host concurrency across runs', async () => {
      const first = await engine.openRun(runOptions({ hostConcurrency: 2 }));
      const second = await engine.openRun(runOptions({ hostConcurrency: 2 }));
      const crew = startCrew(engine, async (entry, visit) => sleep(20).then(() => done(visit, entry)));
      for (const run of [first, second]) {
        await engine.submit(run, batchOf(0, urls(15, 'shared.test')));
        await engine.seal(run, 1);
      }
      const [a, b] = await Promise.all([collectAll(engine, first), collectAll(engine, second)]);
      await crew.stop();
      assert.deepEqual([a.outcomes.length, b.outcomes.length], [15, 15]);
      assert.equal(crew.mostAtOnce('http://shared.test'), 2);
    });

    it('does not make a run with a lower host concurrency wait for the end of one with a higher', async () => {
      const [greedy, modest] = [
        await engine.openRun(runOptions({ hostConcurrency: 8 })),
        await engine.openRun(runOptions({ hostConcurrency: 2 })),
      ];
      const crew = startCrew(
        engine,
        async (entry, visit) => {
          await sleep(20);
          return done(visit, entry);
        },
        { concurrency: 10 },
      );
      await engine.submit(greedy, batchOf(0, urls(900, 'shared.test')));
      await engine.seal(greedy, 1);
      await until(() => crew.fetches.length > 50, 'the greedy run to have all lanes');
      await engine.submit(modest, batchOf(0, urls(6, 'shared.test')));
      await engine.seal(modest, 1);
      assert.equal((await collectAll(engine, modest)).outcomes.length, 6);
      assert.equal((await engine.counts(greedy)).ended, false);
      assert.equal((await collectAll(engine, greedy)).outcomes.length, 900);
      assert.equal(crew.mostAtOnce('http://shared.test'), 8);
      await crew.stop();
    });

    it('does not limit a run with a higher host concurrency to the lanes of one with a lower', async () => {
      const [modest, greedy] = [
        await engine.openRun(runOptions({ hostConcurrency: 1 })),
        await engine.openRun(runOptions({ hostConcurrency: 6 })),
      ];
      const crew = startCrew(engine, async (entry, visit) => {
        await sleep(20);
        return done(visit, entry);
      });
      await engine.submit(modest, batchOf(0, urls(300, 'shared.test')));
      await engine.seal(modest, 1);
      await until(() => crew.fetches.length > 5, 'the modest run to start fetching');
      await engine.submit(greedy, batchOf(0, urls(100, 'shared.test')));
      await engine.seal(greedy, 1);
      assert.equal((await collectAll(engine, greedy)).outcomes.length, 100);
      assert.equal((await engine.counts(modest)).ended, false);
      await crew.stop();
      assert.ok(crew.mostAtOnce('http://shared.test') > 4, `${crew.mostAtOnce('http://shared.test')} at once`);
    });

    it('keeps the interval between starts to an origin, whatever the concurrency', async () => {
      const run = await engine.openRun(runOptions({ hostIntervalMs: 100 }));
      const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
      const beganMs = performance.now();
      await engine.submit(run, batchOf(0, [...urls(6, 'slow.test'), ...urls(6, 'other.test')]));
      await engine.seal(run, 1);
      await collectAll(engine, run);
      await crew.stop();
      for (const origin of ['http://slow.test', 'http://other.test']) {
        const starts = crew.fetches.filter((fetch) => fetch.origin === origin).map((fetch) => fetch.startMs);
        assert.equal(starts.length, 6);
        // On a busy machine any start can be observed late, including the first, so only the total time is checked.
        assert.ok((starts.at(-1) as number) - beganMs >= 5 * 100 - 10, `starts ${starts.map(Math.round).join(' ')}`);
      }
    });

    it('counts the interval from the moment a request is sent, not from the start of its visit', async () => {
      const run = await engine.openRun(runOptions({ hostIntervalMs: 100 }));
      const startsMs: number[] = [];
      const crew = startCrew(engine, async (entry, visit) => {
        // The time to open a connection first.
        await new Promise((resolve) => setTimeout(resolve, 60));
        startsMs.push(performance.now());
        visit.started(entry, 100);
        return done(visit, entry);
      });
      const beganMs = performance.now();
      await engine.submit(run, batchOf(0, urls(5, 'slow.test')));
      await engine.seal(run, 1);
      await collectAll(engine, run);
      await crew.stop();
      // The interval counts from before the first request's 60 ms, and from before those of each later request.
      assert.ok((startsMs.at(-1) as number) - beganMs >= 60 + 4 * 160 - 20, `starts ${startsMs.map(Math.round).join(' ')}`);
    });

    it('gives an origin with an interval to no other visit until the request is sent, however late that is', async () => {
      const run = await engine.openRun(runOptions({ hostIntervalMs: 20 }));
      let isSent = false;
      let begunBefore = 0;
      const crew = startCrew(
        engine,
        async (entry, visit) => {
          if (entry.origin === 'http://late.test' && !isSent && ++begunBefore === 1) {
            // Until then, the next request's due time passes many times.
            await until(() => crew.fetches.filter(({ origin }) => origin === 'http://other.test').length === 12, 'the other origin');
            isSent = true;
          }
          visit.started(entry, 20);
          return done(visit, entry);
        },
        { concurrency: 4 },
      );
      await engine.submit(run, batchOf(0, [...urls(4, 'late.test'), ...urls(12, 'other.test')]));
      await engine.seal(run, 1);
      assert.equal((await collectAll(engine, run)).outcomes.length, 16);
      await crew.stop();
      assert.equal(begunBefore, 1);
    });

    it('starts nothing on an origin that asked for a pause, and continues with the others', async () => {
      const run = await engine.openRun(runOptions());
      const holdMs = scaledMs(600);
      let heldAtMs = 0;
      const crew = startCrew(
        engine,
        async (entry, visit) => {
          if (entry.origin !== 'http://held.test' || heldAtMs > 0) return done(visit, entry);
          heldAtMs = performance.now();
          return done(visit, entry, { holdMs });
        },
        { concurrency: 1 },
      );
      await engine.submit(run, batchOf(0, [...urls(5, 'held.test'), ...urls(5, 'free.test')]));
      await engine.seal(run, 1);
      await collectAll(engine, run);
      await crew.stop();
      const [first, ...rest] = crew.fetches.filter((fetch) => fetch.origin === 'http://held.test');
      assert.ok(first !== undefined && rest.length === 4);
      for (const fetch of rest)
        assert.ok(fetch.startMs - heldAtMs >= holdMs - 10, `started ${Math.round(fetch.startMs - heldAtMs)} ms after`);
      const free = crew.fetches.filter((fetch) => fetch.origin === 'http://free.test');
      assert.ok(
        free.every((fetch) => fetch.startMs < (rest[0]?.startMs ?? 0)),
        'the others did not wait',
      );
    });

    it('delays only a slow URL itself', async () => {
      const run = await engine.openRun(runOptions());
      let release = () => {};
      const slow = new Promise<void>((resolve) => {
        release = resolve;
      });
      const crew = startCrew(
        engine,
        async (entry, visit) => {
          if (entry.url === 'http://a.test/0') await slow;
          return done(visit, entry);
        },
        { concurrency: 3 },
      );
      await engine.submit(run, batchOf(0, [...urls(100, 'a.test'), ...urls(20, 'b.test')]));
      await engine.seal(run, 1);
      await until(async () => (await engine.counts(run)).settled === 119, 'all others settled');
      release();
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      assert.equal(outcomes.length, 120);
    });

    it('works on two runs at once without making either wait for the other', async () => {
      const long = await engine.openRun(runOptions());
      const short = await engine.openRun(runOptions());
      const crew = startCrew(engine, async (entry, visit) => sleep(10).then(() => done(visit, entry)), { concurrency: 4 });
      await engine.submit(
        long,
        batchOf(
          0,
          Array.from({ length: 1_000 }, (_, index) => `http://h${index % 50}.test/${index}`),
        ),
      );
      await engine.seal(long, 1);
      await until(() => crew.fetches.length > 50, 'the long run to start fetching');
      await engine.submit(short, batchOf(0, urls(10, 'short.test')));
      await engine.seal(short, 1);
      const { outcomes } = await collectAll(engine, short);
      assert.equal(outcomes.length, 10);
      assert.ok((await engine.counts(long)).settled < 1_000, 'the long run was still going on');
      assert.equal((await collectAll(engine, long)).outcomes.length, 1_000);
      await crew.stop();
    });
  });
}
