import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Engine } from '../../src/engine/engine.ts';
import { batchOf, done, type EngineOnTrial, runOptions, startCrew, until, urls } from './crew.ts';

/** The operator tests that both engines must pass. `given` is one engine shared by all topics. */
export function operatorsContract(given: () => Promise<EngineOnTrial>): void {
  describe('operator views', () => {
    let engine: Engine;
    before(async () => {
      ({ engine } = await given());
    });

    it('lists the newest runs, the collector of a run, and its waiting origins', async () => {
      const before = (await engine.newestRuns(1)).total;
      const [first, second] = [await engine.openRun(runOptions()), await engine.openRun(runOptions())];
      assert.deepEqual(await engine.newestRuns(2), { total: before + 2, newest: [second, first] });
      const collector = { id: 'collector-1', folder: 'folder-1' };
      await engine.claim(first, collector);
      assert.deepEqual(await engine.collectors([second, first, 'unknown']), [undefined, 'collector-1', undefined]);
      await engine.leave(first, collector);
      assert.deepEqual(await engine.collectors([first]), [undefined]);

      assert.deepEqual(await engine.waitingOrigins(second, 5), []);
      await engine.pause(second);
      const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
      await engine.submit(second, batchOf(0, [...urls(200, 'many.test'), ...urls(2, 'few.test')]));
      await until(async () => (await engine.counts(second)).accepted === 202, 'the lines to be taken in');
      await crew.stop();
      const origins = await engine.waitingOrigins(second, 5);
      assert.deepEqual(
        origins.map(({ origin, isBlocked }) => [origin, isBlocked]),
        [
          ['http://many.test', false],
          ['http://few.test', false],
        ],
      );
      assert.deepEqual([origins[0]?.waiting, origins[1]?.waiting], [200, 2]);
      assert.equal((await engine.waitingOrigins(second, 1)).length, 1);
      for (const run of [first, second]) await engine.remove(run);
    });
  });
}
