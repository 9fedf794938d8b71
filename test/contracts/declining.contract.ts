import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Engine } from '../../src/engine/engine.ts';
import type { RunId } from '../../src/model/run-id.ts';
import type { RunOptions } from '../../src/model/run-options.ts';
import { batchOf, collectAll, done, type EngineOnTrial, runOptions, startCrew, until, urls } from './crew.ts';

/** The declining tests that both engines must pass. `given` is one engine shared by all topics. */
export function decliningContract(given: () => Promise<EngineOnTrial>): void {
  describe('declining', () => {
    let engine: Engine;
    before(async () => {
      ({ engine } = await given());
    });

    const picky = { worker: 'picky', accepts: async (_run: RunId, options: RunOptions) => options.map === undefined };

    it('leaves a run that one worker declines to the other workers, and gives that worker the other runs', async () => {
      const mapped = await engine.openRun(runOptions({ map: 'x.mjs' }));
      const plain = await engine.openRun(runOptions());
      const declining = startCrew(engine, async (entry, visit) => done(visit, entry), picky);
      for (const run of [mapped, plain]) await engine.submit(run, batchOf(0, urls(300, `${run}.test`)));
      await engine.seal(plain, 1);
      assert.equal((await collectAll(engine, plain)).outcomes.length, 300);
      assert.equal((await engine.counts(mapped)).settled, 0);
      const able = startCrew(engine, async (entry, visit) => done(visit, entry));
      await until(async () => (await engine.counts(mapped)).settled === 300, 'the other worker has done them');
      // Covers entries that arrive while both workers are idle.
      await engine.submit(mapped, batchOf(1, urls(30, `later-${mapped}.test`), 301));
      await engine.seal(mapped, 2);
      assert.equal((await collectAll(engine, mapped)).outcomes.length, 330);
      await Promise.all([declining.stop(), able.stop()]);
      assert.deepEqual([declining.fetches.filter(({ run }) => run === mapped).length, able.fetches.length], [0, 330]);
    });

    it('asks a worker that declined again, but not constantly', async () => {
      const run = await engine.openRun(runOptions());
      let asked = 0;
      let firstAskedMs = 0;
      const accepts = async () => {
        asked++;
        firstAskedMs ||= performance.now();
        return performance.now() - firstAskedMs > 1_500;
      };
      const crew = startCrew(engine, async (entry, visit) => done(visit, entry), { accepts });
      await engine.submit(run, batchOf(0, urls(300)));
      await engine.seal(run, 1);
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      assert.equal(outcomes.length, 300);
      assert.ok(asked - crew.fetches.length < 150, `${asked} times`);
    });

    it('asks a worker that accepted again, and gives it no more entries while it declines', async () => {
      const run = await engine.openRun(runOptions());
      let isAble = true;
      let declined = 0;
      const accepts = async () => {
        if (!isAble) declined++;
        return isAble;
      };
      const crew = startCrew(engine, async (entry, visit) => done(visit, entry), { accepts });
      let batches = 0;
      const submitMore = () => engine.submit(run, batchOf(batches, urls(20, `more-${batches++}.test`), batches * 20 - 19));
      await submitMore();
      await until(async () => (await engine.counts(run)).settled === 20, 'the first are done');
      isAble = false;
      // The worker may still get entries until its first answer, and a visit that it accepted earlier may continue briefly.
      await until(async () => {
        await submitMore();
        const askedBefore = declined;
        if (askedBefore < 2) return false;
        await until(() => declined > askedBefore, 'it is asked again');
        const { settled, accepted } = await engine.counts(run);
        return settled < accepted;
      }, 'it gets nothing more');
      isAble = true;
      await engine.seal(run, batches);
      assert.equal((await collectAll(engine, run)).outcomes.length, batches * 20);
      await crew.stop();
    });

    it('ends a cancelled run that no worker accepts', async () => {
      const run = await engine.openRun(runOptions({ map: 'x.mjs' }));
      const crew = startCrew(engine, async (entry, visit) => done(visit, entry), picky);
      await engine.submit(run, batchOf(0, urls(20)));
      await until(async () => (await engine.counts(run)).accepted === 20, 'they are in the frontier');
      await engine.cancel(run);
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      assert.deepEqual([...new Set(outcomes.map(({ verdict }) => verdict))], ['cancelled']);
    });
  });
}
