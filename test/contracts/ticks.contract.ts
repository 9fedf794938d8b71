import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Engine } from '../../src/engine/engine.ts';
import { type EngineOnTrial, until } from './crew.ts';

/** The tick tests that both engines must pass. `given` is one engine shared by all topics. */
export function ticksContract(given: () => Promise<EngineOnTrial>): void {
  describe('ticks', () => {
    let engine: Engine;
    before(async () => {
      ({ engine } = await given());
    });

    it('come until the signal aborts, and never before they are due', async () => {
      const stop = new AbortController();
      const startMs = performance.now();
      const atMs: number[] = [];
      for await (const _ of engine.ticks('grid', 100, stop.signal)) {
        atMs.push(performance.now() - startMs);
        if (atMs.length === 6) stop.abort();
      }
      assert.equal(atMs.length, 6);
      // Any tick may be late, including the first.
      assert.ok((atMs[5] as number) >= 490, `six ticks, five times 100 ms apart, came within ${atMs[5]} ms`);
    });

    it('that fell due while the consumer was busy are merged into one', async () => {
      const stop = new AbortController();
      const ticks = engine.ticks('busy', 100, stop.signal)[Symbol.asyncIterator]();
      await ticks.next();
      const busyUntilMs = performance.now() + 1_000;
      await until(() => performance.now() >= busyUntilMs, 'ten ticks to pass');
      for (let taken = 0; taken < 4; taken++) await ticks.next();
      // One tick for all that were missed, one at the next due time, and two more after that.
      const tookMs = performance.now() - busyUntilMs;
      assert.ok(tookMs >= 190, `four ticks were given within ${tookMs} ms`);
      stop.abort();
      assert.equal((await ticks.next()).done, true);
    });

    it('with two names belong to two schedules', async () => {
      const stop = new AbortController();
      const take = async (name: string) => {
        let taken = 0;
        for await (const _ of engine.ticks(name, 100, stop.signal)) if (++taken === 3) return taken;
        return taken;
      };
      assert.deepEqual(await Promise.all([take('one'), take('other')]), [3, 3]);
    });
  });
}
