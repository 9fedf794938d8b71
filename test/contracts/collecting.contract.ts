import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Engine } from '../../src/engine/engine.ts';
import { RunClaimedError, UnknownRunError } from '../../src/model/errors.ts';
import type { RunId } from '../../src/model/run-id.ts';
import { batchOf, collectAll, done, type EngineOnTrial, runOptions, startCrew, until, urls } from './crew.ts';

/** The collecting tests that both engines must pass. `given` is one engine shared by all topics. */
export function collectingContract(given: () => Promise<EngineOnTrial>): void {
  describe('collecting', () => {
    let engine: Engine;
    let lapse: EngineOnTrial['lapse'];
    before(async () => {
      ({ engine, lapse } = await given());
    });

    it('gives the same outcomes in the same order from any cursor', async () => {
      const run = await engine.openRun(runOptions());
      const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
      await engine.submit(run, batchOf(0, urls(1_000)));
      await engine.submit(run, batchOf(1, urls(1_000, 'b.test'), 1_001));
      await engine.seal(run, 2);
      const first = await collectAll(engine, run);
      await crew.stop();
      const second = await collectAll(engine, run);
      assert.deepEqual(second.outcomes, first.outcomes);
      const middle = first.cursors[0] as string;
      const tail = await collectAll(engine, run, middle);
      assert.ok(tail.outcomes.length < first.outcomes.length);
      assert.deepEqual(tail.outcomes, first.outcomes.slice(first.outcomes.length - tail.outcomes.length));
      assert.deepEqual((await collectAll(engine, run, first.cursors.at(-1))).outcomes, []);
    });

    it('drops released outcomes, also when the release is repeated', async () => {
      const run = await engine.openRun(runOptions());
      const collector = { id: 'collector-1', folder: 'folder-1' };
      await engine.claim(run, collector);
      const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
      await engine.submit(run, batchOf(0, urls(300)));
      await engine.seal(run, 1);
      const { cursors } = await collectAll(engine, run);
      await crew.stop();
      assert.equal((await engine.counts(run)).unreleased, 300);
      await engine.release(run, cursors.at(-1) as string, collector);
      await engine.release(run, cursors[0] as string, collector);
      await engine.release(run, cursors.at(-1) as string, collector);
      assert.equal((await engine.counts(run)).unreleased, 0);
      assert.deepEqual((await collectAll(engine, run, cursors.at(-1))).outcomes, []);
      assert.equal((await engine.counts(run)).settled, 300);
    });

    it('lists runs that have new outcomes or have ended, and omits runs with nothing new', async () => {
      const collector = { id: 'c', folder: 'f' };
      const [idle, waits, over, empty] = (await Promise.all([1, 2, 3, 4].map(() => engine.openRun(runOptions())))) as [
        RunId,
        RunId,
        RunId,
        RunId,
      ];
      for (const run of [waits, over]) await engine.submit(run, batchOf(0, ['no url']));
      await engine.seal(over, 1);
      await engine.seal(empty, 0);
      // A submitted batch counts once it has been pushed.
      const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
      for (const run of [waits, over]) await until(async () => (await engine.counts(run)).settled === 1, 'the row');
      await crew.stop();
      assert.deepEqual(await engine.uncollected([idle, empty, waits, over, 'unknown']), [waits, over, empty]);
      for (const run of [waits, over]) {
        await engine.claim(run, collector);
        for await (const { cursor } of engine.outcomes(run, '', AbortSignal.timeout(20_000))) {
          await engine.release(run, cursor, collector);
          break;
        }
      }
      assert.deepEqual(await engine.uncollected([idle, empty, waits, over]), [empty, over]);
    });

    it('omits runs that another collector has claimed, until the claim lapses', async () => {
      const [mine, theirs] = (await Promise.all([1, 2].map(() => engine.openRun(runOptions())))) as [RunId, RunId];
      for (const run of [mine, theirs]) await engine.seal(run, 0);
      await engine.claim(mine, { id: 'me', folder: 'f' });
      await engine.claim(theirs, { id: 'they', folder: 'f' });
      assert.deepEqual(await engine.uncollected([mine, theirs], 'me'), [mine]);
      assert.deepEqual(await engine.uncollected([mine, theirs]), [mine, theirs]);
      await lapse(theirs);
      assert.deepEqual(await engine.uncollected([mine, theirs], 'me'), [mine, theirs]);
    });

    it('lists the live collectors and how many runs each has', async () => {
      const named = async () => (await engine.facts()).collectors.toSorted((a, b) => (a.name < b.name ? -1 : 1));
      assert.deepEqual(await named(), []);
      assert.deepEqual([await engine.attend('a b', 0), await engine.attend('c', 2), await engine.attend('a b', 3)], [1, 2, 2]);
      assert.deepEqual(await named(), [
        { name: 'a b', runs: 3 },
        { name: 'c', runs: 2 },
      ]);
      assert.equal(await engine.attend('a b'), 1);
      assert.deepEqual(await named(), [{ name: 'c', runs: 2 }]);
    });

    it('allows one collector and one folder per run', async () => {
      const run = await engine.openRun(runOptions());
      const first = { id: 'collector-1', folder: 'folder-1' };
      await engine.claim(run, first);
      await engine.claim(run, first);
      await assert.rejects(engine.claim(run, { id: 'collector-2', folder: 'folder-1' }), RunClaimedError);
      await assert.rejects(engine.claim(run, { id: 'collector-3', folder: 'folder-2' }), RunClaimedError);
      await assert.rejects(
        engine
          .release(run, '', { id: 'collector-2', folder: 'folder-1' })
          .then(() => engine.release(run, '0-1', { id: 'collector-2', folder: 'folder-1' })),
        RunClaimedError,
      );
    });

    it('hands a run to another collector as soon as the first one leaves, and not before', async () => {
      const run = await engine.openRun(runOptions());
      const first = { id: 'collector-1', folder: 'folder-1' };
      const second = { id: 'collector-2', folder: 'folder-1' };
      await engine.claim(run, first);
      await engine.leave(run, second);
      await assert.rejects(engine.claim(run, second), RunClaimedError);
      await engine.leave(run, first);
      await engine.leave(run, first);
      assert.equal(await engine.claim(run, second), 'again');
      await engine.leave(run, first);
      await assert.rejects(engine.claim(run, first, 'renew'), RunClaimedError);
      await engine.claim(run, second, 'renew');
    });

    it('counts the processes that work on it', async () => {
      const before = await engine.workers();
      const crew = startCrew(engine, async (entry, visit) => done(visit, entry), { worker: 'counted' });
      await until(async () => (await engine.workers()) === before + 1, 'it is counted');
      await crew.stop();
      await until(async () => (await engine.workers()) === before, 'it is not counted any more');
    });

    it('lists the workers and the ready origins', async () => {
      const run = await engine.openRun(runOptions());
      await engine.pause(run);
      const crew = startCrew(engine, async (entry, visit) => done(visit, entry), { worker: 'named', concurrency: 3 });
      await until(async () => (await engine.facts()).workers.some(({ name, slots }) => name === 'named' && slots === 3), 'it is named');
      await engine.submit(run, batchOf(0, [...urls(10, 'a.test'), ...urls(10, 'b.test')]));
      await until(async () => (await engine.counts(run)).accepted === 20, 'the lines are in');
      assert.deepEqual(await engine.backlog(run), { readyOrigins: 2, queuedBatches: 0 });
      await engine.seal(run, 1);
      await engine.resume(run);
      await until(async () => (await engine.counts(run)).ended, 'the run ends');
      assert.deepEqual(await engine.backlog(run), { readyOrigins: 0, queuedBatches: 0 });
      assert.deepEqual(await engine.backlog('nothing'), { readyOrigins: 0, queuedBatches: 0 });
      await crew.stop();
      await until(async () => !(await engine.facts()).workers.some(({ name }) => name === 'named'), 'it is gone');
    });

    it('renews a lapsed claim, unless another collector has had the run since', async () => {
      const run = await engine.openRun(runOptions());
      const first = { id: 'collector-1', folder: 'folder-1' };
      const second = { id: 'collector-2', folder: 'folder-1' };
      await assert.rejects(engine.claim(run, first, 'renew'), RunClaimedError);
      await engine.claim(run, first, 'fresh');
      await engine.claim(run, first, 'renew');
      await lapse(run);
      await engine.claim(run, first, 'renew');
      await assert.rejects(engine.claim(run, second, 'fresh'), RunClaimedError);
      await lapse(run);
      await engine.claim(run, second, 'fresh');
      await assert.rejects(engine.claim(run, first, 'renew'), RunClaimedError);
      await lapse(run);
      await assert.rejects(engine.claim(run, first, 'renew'), RunClaimedError);
      await engine.claim(run, second, 'renew');
      await lapse(run);
      await engine.claim(run, first, 'fresh');
      await engine.claim(run, first, 'renew');
    });

    it('refuses to release outcomes for a collector whose run another collector has claimed since', async () => {
      const run = await engine.openRun(runOptions());
      const first = { id: 'collector-1', folder: 'folder-1' };
      const second = { id: 'collector-2', folder: 'folder-1' };
      await engine.claim(run, first);
      const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
      await engine.submit(run, batchOf(0, urls(30)));
      await engine.seal(run, 1);
      const { cursors } = await collectAll(engine, run);
      await crew.stop();
      const last = cursors.at(-1) as string;
      await lapse(run);
      await engine.claim(run, second);
      await lapse(run);
      await assert.rejects(engine.release(run, last, first), RunClaimedError);
      assert.equal((await engine.counts(run)).unreleased, 30);
      await engine.release(run, last, second);
      assert.equal((await engine.counts(run)).unreleased, 0);
      await engine.remove(run);
      await assert.rejects(engine.release(run, last, second), UnknownRunError);
      await assert.rejects(engine.claim(run, second, 'renew'), UnknownRunError);
    });
  });
}
