import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../../src/engine/engine.ts';
import { batchOf, collectAll, done, type EngineOnTrial, runOptions, sorted, startCrew, until, urls } from './crew.ts';

/** The stopping tests that both engines must pass. `given` is one engine shared by all topics. */
export function stoppingContract(given: () => Promise<EngineOnTrial>): void {
  describe('stopping', () => {
    let engine: Engine;
    before(async () => {
      ({ engine } = await given());
    });

    it('finishes what is in flight, gives back the rest, and lets another worker continue', async () => {
      const run = await engine.openRun(runOptions());
      const crew = startCrew(engine, async (entry, visit) => sleep(30).then(() => done(visit, entry)), { concurrency: 4 });
      await engine.submit(run, batchOf(0, urls(400)));
      await engine.seal(run, 1);
      await until(() => crew.fetches.length >= 20, 'twenty fetches');
      await crew.stop();
      const { settled, inFlight } = await engine.counts(run);
      assert.equal(settled, crew.fetches.length, 'every fetch that was started has its outcome');
      assert.equal(inFlight, 0);
      assert.ok(settled < 400);
      const next = startCrew(engine, async (entry, visit) => done(visit, entry));
      const { outcomes } = await collectAll(engine, run);
      await next.stop();
      assert.deepEqual(sorted(outcomes), urls(400).sort());
      assert.equal(crew.fetches.length + next.fetches.length, 400, 'nothing was fetched twice');
    });

    it('aborts what is still in flight after the drain, and gives it back', async () => {
      const run = await engine.openRun(runOptions());
      const crew = startCrew(
        engine,
        async (_entry, visit) => {
          await new Promise<void>((resolve) => visit.signal.addEventListener('abort', () => resolve(), { once: true }));
          return { kind: 'back' };
        },
        { concurrency: 2, drainMs: 100 },
      );
      await engine.submit(run, batchOf(0, urls(10)));
      await engine.seal(run, 1);
      await until(() => crew.fetches.length === 2, 'two fetches in flight');
      await crew.stop();
      assert.equal((await engine.counts(run)).inFlight, 0);
      const next = startCrew(engine, async (entry, visit) => done(visit, entry));
      const { outcomes } = await collectAll(engine, run);
      await next.stop();
      assert.deepEqual(sorted(outcomes), urls(10).sort());
    });

    it('stops reading outcomes when the signal aborts', async () => {
      const run = await engine.openRun(runOptions());
      const stop = new AbortController();
      const reading = (async () => {
        for await (const _batch of engine.outcomes(run, '', stop.signal)) assert.fail('there are none');
      })();
      await sleep(20);
      stop.abort();
      await reading;
    });
  });
}
