import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../../src/engine/engine.ts';
import { ConflictError, UnknownRunError } from '../../src/model/errors.ts';
import { batchOf, collectAll, done, type EngineOnTrial, runOptions, sorted, startCrew, until, urls } from './crew.ts';

/** The steering tests that both engines must pass. `given` is one engine shared by all topics. */
export function steeringContract(given: () => Promise<EngineOnTrial>): void {
  describe('steering', () => {
    let engine: Engine;
    before(async () => {
      ({ engine } = await given());
    });

    it('starts nothing in a paused run, and continues when it is resumed', async () => {
      const run = await engine.openRun(runOptions());
      await engine.pause(run);
      await engine.pause(run);
      await engine.submit(run, batchOf(0, urls(30)));
      await engine.seal(run, 1);
      const other = await engine.openRun(runOptions());
      await engine.submit(other, batchOf(0, urls(5, 'other.test')));
      await engine.seal(other, 1);
      const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
      assert.equal((await collectAll(engine, other)).outcomes.length, 5);
      assert.equal((await engine.counts(run)).state, 'paused');
      assert.equal(crew.fetches.filter((fetch) => fetch.run === run).length, 0);
      await engine.resume(run);
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      assert.equal(outcomes.length, 30);
    });

    it('stops a run that is paused halfway', async () => {
      const run = await engine.openRun(runOptions({ hostConcurrency: 2 }));
      const crew = startCrew(engine, async (entry, visit) => sleep(5).then(() => done(visit, entry)));
      await engine.submit(run, batchOf(0, urls(1_000)));
      await engine.seal(run, 1);
      await until(() => crew.fetches.length > 10, 'fetches in progress');
      await engine.pause(run);
      await until(async () => (await engine.counts(run)).inFlight === 0, 'nothing in flight');
      const { settled } = await engine.counts(run);
      assert.ok(settled < 1_000);
      assert.equal(crew.fetches.length, settled);
      await engine.resume(run);
      assert.equal((await collectAll(engine, run)).outcomes.length, 1_000);
      await crew.stop();
    });

    it('gives every waiting entry the outcome cancelled, and ends the run, sealed or not', async () => {
      const run = await engine.openRun(runOptions({ hostConcurrency: 1, hostIntervalMs: 20 }));
      const crew = startCrew(engine, async (entry, visit) => {
        if (entry.url.endsWith('/0')) return { kind: 'retry', afterMs: 3_600_000, entry: { ...entry, attempts: 1 } };
        return done(visit, entry);
      });
      await engine.submit(run, batchOf(0, [...urls(700, 'a.test'), ...urls(700, 'b.test').slice(0, 300)]));
      await engine.submit(run, batchOf(1, urls(1_000, 'c.test'), 1_001));
      await until(async () => (await engine.counts(run)).settled > 3 && (await engine.counts(run)).batches === 2, 'fetches in progress');
      await engine.cancel(run);
      await engine.cancel(run);
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      assert.equal(outcomes.length, 2_000);
      assert.equal(new Set(outcomes.map((outcome) => outcome.url)).size, 2_000);
      const cancelled = outcomes.filter((outcome) => outcome.verdict === 'cancelled');
      assert.equal(cancelled.length, outcomes.length - outcomes.filter((outcome) => outcome.ok).length);
      assert.ok(cancelled.length > 1_900, `${cancelled.length} cancelled`);
      assert.ok(cancelled.every((outcome) => outcome.line !== undefined && outcome.status === undefined));
      const { state, ended, skipped, submitted } = await engine.counts(run);
      assert.deepEqual([state, ended, skipped, submitted], ['cancelled', true, cancelled.length, 2_000]);
    });

    it('ignores batches that arrive after the run was cancelled, and refuses another seal', async () => {
      const run = await engine.openRun(runOptions());
      await engine.submit(run, batchOf(0, urls(3)));
      await engine.cancel(run);
      await engine.submit(run, batchOf(1, urls(5, 'late.test'), 4));
      await engine.submit(run, batchOf(2, ['no URL', ...urls(5, 'later.test')], 9));
      await engine.submit(run, batchOf(0, urls(3)));
      await assert.rejects(engine.submit(run, batchOf(0, urls(2))), ConflictError);
      await assert.rejects(engine.seal(run, 3), ConflictError);
      const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      assert.deepEqual(sorted(outcomes), urls(3).sort());
      assert.ok(outcomes.every(({ verdict }) => verdict === 'cancelled'));
      const { state, ended, submitted, batches, sealedAt } = await engine.counts(run);
      assert.deepEqual([state, ended, submitted, batches, sealedAt], ['cancelled', true, 3, 1, 1]);
    });

    it('does not wait for anything in a cancelled run, including in-flight entries that would be retried later', async () => {
      const run = await engine.openRun(runOptions());
      const crew = startCrew(engine, async (entry) => {
        if (entry.url.endsWith('/1')) await until(async () => (await engine.counts(run)).skipped === 2, 'the others to be cancelled');
        return { kind: 'retry', afterMs: 60_000, entry, origin: { holdMs: 60_000 } };
      });
      await engine.submit(run, batchOf(0, ['http://held.test/0', 'http://held-too.test/1', 'http://held-as-well.test/2']));
      await until(async () => (await engine.counts(run)).retries === 2, 'two to wait');
      await engine.cancel(run);
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      assert.deepEqual(
        outcomes.map(({ verdict }) => verdict),
        ['cancelled', 'cancelled', 'cancelled'],
      );
    });

    it('seals at the number of submitted batches when no number is given', async () => {
      const run = await engine.openRun(runOptions());
      const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
      await engine.submit(run, batchOf(0, urls(3)));
      await engine.submit(run, batchOf(1, urls(3, 'b.test'), 4));
      await engine.seal(run);
      assert.equal((await collectAll(engine, run)).outcomes.length, 6);
      await crew.stop();
      assert.equal((await engine.counts(run)).sealedAt, 2);
    });

    it('leaves nothing of a removed run, and continues other runs with the same origins', async () => {
      const run = await engine.openRun(runOptions({ hostConcurrency: 1 }));
      const other = await engine.openRun(runOptions({ hostConcurrency: 1 }));
      let letGo = () => {};
      const held = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      const crew = startCrew(engine, async (entry, visit) => {
        if (visit.run === run)
          await Promise.race([held, new Promise((resolve) => visit.signal.addEventListener('abort', resolve, { once: true }))]);
        return done(visit, entry);
      });
      await engine.submit(run, batchOf(0, [...urls(20), ...urls(20, 'b.test')]));
      await until(() => crew.fetches.length === 2, 'both origins held');
      await engine.submit(
        other,
        batchOf(
          0,
          urls(20).map((url) => `${url}?other`),
        ),
      );
      await engine.seal(other, 1);
      await engine.remove(run);
      await engine.remove(run);
      letGo();
      assert.equal((await collectAll(engine, other)).outcomes.length, 20);
      await crew.stop();
      await assert.rejects(engine.counts(run), UnknownRunError);
      assert.ok(!(await engine.runs()).includes(run));
    });
  });
}
