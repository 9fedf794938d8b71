import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Engine } from '../../src/engine/engine.ts';
import { scaledMs } from '../helpers/until.ts';
import { batchOf, collectAll, done, runOptions, startCrew, until, urls } from './crew.ts';

/** Tests for origins that ask for a pause or do not answer, on every engine. */
export function throttledContract(name: string, open: () => Promise<Engine>): void {
  describe(`${name}: an origin`, () => {
    let engine: Engine;
    beforeEach(async () => {
      engine = await open();
    });
    afterEach(() => engine.close());

    it('that asks for a pause gets it from all workers, then half of its lanes, and one more for each second of answers', async () => {
      const run = await engine.openRun(runOptions({ hostConcurrency: 4 }));
      const HOLD_MS = scaledMs(1_000);
      const asked: number[] = [];
      const atOnce: Array<{ sinceMs: number; most: number }> = [];
      let now = 0;
      let fetches = 0;
      const crew = startCrew(engine, async (entry, visit) => {
        now++;
        const count = ++fetches;
        if (asked.length > 0) atOnce.push({ sinceMs: performance.now() - (asked.at(-1) as number), most: now });
        await new Promise((resolve) => setTimeout(resolve, 20));
        // All four requests in flight are refused, as by a server that counts requests. A request that started after a refusal would halve the lanes again.
        const isRefused = count >= 9 && count <= 12;
        if (isRefused) await until(() => fetches >= 12, 'all refused requests to be in flight');
        now--;
        if (!isRefused) return done(visit, entry);
        asked.push(performance.now());
        return done(visit, entry, { holdMs: HOLD_MS });
      });
      await engine.submit(run, batchOf(0, urls(400, 'busy.test')));
      await engine.seal(run, 1);
      const collecting = collectAll(engine, run);
      await until(() => asked.length === 4, 'the origin to ask');
      const [throttled] = await engine.throttled();
      assert.deepEqual(
        [throttled?.origin, throttled?.concurrency, throttled?.misses, throttled?.asks],
        ['http://busy.test', 2, 0, 4],
        'halved once, not four times',
      );
      assert.ok(throttled !== undefined && throttled.holdMs > 0 && throttled.holdMs <= HOLD_MS);
      const { outcomes } = await collecting;
      await crew.stop();
      assert.equal(outcomes.length, 400);
      const started = (fromMs: number, toMs: number) => atOnce.filter(({ sinceMs }) => sinceMs >= fromMs && sinceMs < toMs);
      const most = (fromMs: number, toMs: number) => Math.max(0, ...started(fromMs, toMs).map((at) => at.most));
      assert.equal(most(5, HOLD_MS - 5), 0, 'nothing starts during the pause');
      assert.ok(most(HOLD_MS, HOLD_MS + 950) <= 2);
      assert.ok(most(HOLD_MS, HOLD_MS + 1_900) <= 3);
      assert.equal(most(HOLD_MS, Number.POSITIVE_INFINITY), 4);
      assert.deepEqual(await engine.throttled(), []);
    });

    it('that asks for a pause twenty times in a row gets one attempt per entry until it answers', async () => {
      const run = await engine.openRun(runOptions({ hostConcurrency: 3 }));
      const trials: string[] = [];
      const crew = startCrew(engine, async (entry, visit) => {
        trials.push(visit.trial(entry));
        return done(visit, entry, ...(trials.length === 40 ? [] : [{ holdMs: 1 }]));
      });
      await engine.submit(run, batchOf(0, urls(60)));
      await engine.seal(run, 1);
      assert.equal((await collectAll(engine, run)).outcomes.length, 60);
      await crew.stop();
      assert.deepEqual(new Set(trials.slice(0, 20)), new Set(['full']));
      assert.deepEqual(new Set(trials.slice(25, 40)), new Set(['once']));
      assert.deepEqual(new Set(trials.slice(43)), new Set(['full']));
    });

    it('that has never answered uses only the slots that others do not need', async () => {
      const run = await engine.openRun(runOptions());
      let release = () => {};
      const silence = new Promise<void>((resolve) => {
        release = resolve;
      });
      let silent = 0;
      const crew = startCrew(
        engine,
        async (entry, visit) => {
          if (entry.origin === 'http://silent.test') {
            silent++;
            await silence;
          } else await new Promise((resolve) => setTimeout(resolve, 5));
          return done(visit, entry);
        },
        { concurrency: 6 },
      );
      const others = ['a.test', 'b.test', 'c.test'].flatMap((host) => urls(60, host));
      await engine.submit(run, batchOf(0, [...urls(60, 'silent.test'), ...others]));
      await engine.seal(run, 1);
      await until(async () => (await engine.counts(run)).settled === others.length, 'all others were fetched');
      await until(() => silent >= 6, 'and all slots then wait for the one that is left');
      release();
      await collectAll(engine, run);
      await crew.stop();
    });

    it('that missed requests still counts as unresponsive when an entry of it comes back unfetched', async () => {
      const run = await engine.openRun(runOptions());
      let fetches = 0;
      const crew = startCrew(engine, async (entry, visit) => {
        fetches++;
        if (fetches <= 3) return { ...done(visit, entry), unreachable: true as const };
        if (fetches <= 6) return { kind: 'retry', afterMs: 1, entry, unfetched: true as const };
        return { kind: 'retry', afterMs: 60_000, entry, unfetched: true as const };
      });
      await engine.submit(run, batchOf(0, urls(8, 'lost.test')));
      await engine.seal(run, 1);
      await until(() => fetches >= 8, 'entries came back');
      assert.deepEqual(
        (await engine.throttled()).map(({ origin, misses }) => [origin, misses]),
        [['http://lost.test', 3]],
      );
      await engine.cancel(run);
      await collectAll(engine, run);
      await crew.stop();
    });

    it('that does not answer gets one slot after two misses, is down after twenty, and recovers with an answer', async () => {
      const run = await engine.openRun(runOptions());
      const dead: Array<{ atOnce: number; down: boolean }> = [];
      let atOnce = 0;
      const crew = startCrew(engine, async (entry, visit) => {
        if (entry.origin !== 'http://dead.test') return done(visit, entry);
        atOnce++;
        dead.push({ atOnce, down: visit.trial(entry) === 'briefly' });
        await new Promise((resolve) => setTimeout(resolve, 10));
        atOnce--;
        const answers = dead.length === 60;
        return { ...done(visit, entry), ...(answers ? {} : { unreachable: true as const }) };
      });
      await engine.submit(run, batchOf(0, [...urls(100, 'dead.test'), ...urls(100, 'well.test')]));
      await engine.seal(run, 1);
      const collecting = collectAll(engine, run);
      await until(() => dead.length > 40, 'the origin to be down');
      assert.deepEqual(
        (await engine.throttled()).map(({ origin, concurrency, misses }) => [origin, concurrency, misses >= 20]),
        [['http://dead.test', 1, true]],
      );
      const { outcomes } = await collecting;
      await crew.stop();
      assert.equal(outcomes.length, 200);
      // Up to ten were in flight before anything was known, and were settled by the next twenty.
      const later = dead.slice(25, 60);
      assert.deepEqual(new Set(later.map((fetch) => fetch.atOnce)), new Set([1]));
      assert.ok(dead.slice(0, 15).every(({ down }) => !down));
      assert.ok(dead.slice(45, 60).every(({ down }) => down));
      assert.ok(
        dead.slice(62, 75).every(({ down }) => !down),
        'one answer restores its chances',
      );
      assert.ok(crew.mostAtOnce('http://well.test') > 1);
    });
  });
}
