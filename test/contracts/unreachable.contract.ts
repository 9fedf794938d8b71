import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Engine } from '../../src/engine/engine.ts';
import { batchOf, collectAll, done, runOptions, startCrew, urls } from './crew.ts';

/** What holds for origins that do not answer, on every engine. */
export function unreachableContract(name: string, open: () => Promise<Engine>): void {
  describe(`${name}: an origin that does not answer`, { timeout: 60_000 }, () => {
    let engine: Engine;
    beforeEach(async () => {
      engine = await open();
    });
    afterEach(() => engine.close());

    it('is visited by one slot at a time after two misses, is down after twenty, and recovers with an answer', async () => {
      const run = await engine.openRun(runOptions());
      const dead: Array<{ atOnce: number; down: boolean }> = [];
      let atOnce = 0;
      const crew = startCrew(engine, async (entry, visit) => {
        if (entry.origin !== 'http://dead.test') return done(visit, entry);
        atOnce++;
        dead.push({ atOnce, down: visit.isDown(entry) });
        await new Promise((resolve) => setTimeout(resolve, 10));
        atOnce--;
        const answers = dead.length === 60;
        return { ...done(visit, entry), ...(answers ? {} : { unreachable: true as const }) };
      });
      await engine.submit(run, batchOf(0, [...urls(100, 'dead.test'), ...urls(100, 'well.test')]));
      await engine.seal(run, 1);
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      assert.equal(outcomes.length, 200);
      // Up to ten were under way before anything was known, and were settled by the next twenty.
      const later = dead.slice(25, 60);
      assert.deepEqual(new Set(later.map((fetch) => fetch.atOnce)), new Set([1]));
      assert.ok(dead.slice(0, 15).every(({ down }) => !down));
      assert.ok(dead.slice(45, 60).every(({ down }) => down));
      assert.ok(
        dead.slice(62, 75).every(({ down }) => !down),
        'one answer, and it has its chances again',
      );
      assert.ok(crew.mostAtOnce('http://well.test') > 1);
    });
  });
}
