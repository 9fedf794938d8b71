import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Batch } from '../../src/engine/batch.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Entry } from '../../src/model/entry.ts';
import { ConflictError, UnknownRunError } from '../../src/model/errors.ts';
import { batchOf, collectAll, done, type EngineOnTrial, runOptions, sorted, startCrew, until, urls } from './crew.ts';

/** The submitting tests that both engines must pass. `given` is one engine shared by all topics. */
export function submittingContract(given: () => Promise<EngineOnTrial>): void {
  describe('submitting', () => {
    let engine: Engine;
    before(async () => {
      ({ engine } = await given());
    });

    it('produces one outcome for every line, with its line number, and keeps the counts consistent', async () => {
      const run = await engine.openRun(runOptions());
      const lines = urls(2_500);
      const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
      for (let batch = 0; batch < 3; batch++) {
        await engine.submit(run, batchOf(batch, lines.slice(batch * 1_000, (batch + 1) * 1_000), batch * 1_000 + 1));
      }
      await engine.seal(run, 3);
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      assert.deepEqual(sorted(outcomes), [...lines].sort());
      for (const outcome of outcomes) assert.equal(outcome.line, Number(outcome.url.split('/').at(-1)) + 1);
      const counts = await engine.counts(run);
      assert.deepEqual(
        [counts.submitted, counts.accepted, counts.duplicates, counts.settled, counts.ok, counts.inFlight, counts.ended],
        [2_500, 2_500, 0, 2_500, 2_500, 0, true],
      );
    });

    it('counts a URL that was already submitted as a duplicate, within a batch and across batches', async () => {
      const run = await engine.openRun(runOptions());
      const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
      await engine.submit(run, batchOf(0, ['http://a.test/x', 'http://a.test/x#part', 'HTTP://A.test:80/x', 'http://a.test/y']));
      await engine.submit(run, batchOf(1, ['http://a.test/%79', 'http://a.test/z'], 5));
      await engine.seal(run, 2);
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      assert.deepEqual(sorted(outcomes), ['http://a.test/x', 'http://a.test/y', 'http://a.test/z']);
      const { submitted, duplicates, accepted } = await engine.counts(run);
      assert.deepEqual({ submitted, duplicates, accepted }, { submitted: 6, duplicates: 3, accepted: 3 });
    });

    it('produces an outcome for an invalid line, and none for blank lines and comments', async () => {
      const run = await engine.openRun(runOptions());
      const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
      await engine.submit(
        run,
        batchOf(0, ['# comment', '', 'not a url', 'ftp://a.test/', '  http://a.test/  ', `http://a.test/${'x'.repeat(20_000)}`]),
      );
      await engine.seal(run, 1);
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      const invalid = outcomes.filter((outcome) => outcome.verdict === 'invalid-url');
      assert.deepEqual(
        invalid.map(({ line, error }) => [line, error?.code]),
        [
          [3, 'NOT_A_URL'],
          [4, 'UNSUPPORTED_SCHEME'],
          [6, 'LINE_TOO_LONG'],
        ],
      );
      assert.deepEqual(
        outcomes.filter((outcome) => outcome.ok).map(({ url, line }) => [url, line]),
        [['http://a.test/', 5]],
      );
      const { submitted, accepted, failed } = await engine.counts(run);
      assert.deepEqual({ submitted, accepted, failed }, { submitted: 4, accepted: 4, failed: 3 });
    });

    it('makes an entry of each line of a batch with line identities, and keeps records whole, also when repeated', async () => {
      const run = await engine.openRun(runOptions());
      const seen: Entry[] = [];
      const crew = startCrew(engine, async (entry, visit) => {
        seen.push(entry);
        const times = seen.filter(({ key }) => key === entry.key).length;
        if (times === 1) return { kind: 'back' };
        if (times === 2) return { kind: 'retry', afterMs: 1, entry: { ...entry, attempts: entry.attempts + 1, spentMs: 7 } };
        return done(visit, entry);
      });
      const metaText = '{"verdict": "ok", "line": 9, "id": 9007199254740993, "cost": 1.50}';
      const record = `{"url": "http://a.test/x", "method": "POST", "body": "a", "meta": ${metaText}}`;
      const batch: Batch = { ...batchOf(0, [record, '', record, '{"url": 5}']), format: 'records', identity: 'line', source: 's' };
      await engine.submit(run, batch);
      await engine.submit(run, batch);
      const { format: _, ...asLines } = batch;
      await assert.rejects(engine.submit(run, asLines), ConflictError);
      await engine.submit(run, { ...batchOf(1, ['http://a.test/x', 'http://a.test/x'], 5), identity: 'line', source: 's' });
      await engine.submit(run, batchOf(2, ['http://a.test/x', 'http://a.test/x'], 7));
      await engine.seal(run, 3);
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      assert.deepEqual(outcomes.map(({ line, verdict }) => `${line} ${verdict}`).sort(), [
        '1 ok',
        '3 ok',
        '4 invalid-url',
        '5 ok',
        '6 ok',
        '7 ok',
      ]);
      const { submitted, duplicates, accepted } = await engine.counts(run);
      assert.deepEqual({ submitted, duplicates, accepted }, { submitted: 7, duplicates: 1, accepted: 6 });
      const request = { method: 'POST', body: 'a', meta: JSON.parse(metaText), metaText };
      for (const line of [1, 3]) {
        assert.deepEqual(
          seen
            .filter((entry) => entry.line === line)
            .map((entry) => [entry.request, entry.identity, entry.source, entry.attempts, entry.spentMs]),
          [[0], [0], [1, 7]].map(([attempts, spentMs]) => [request, 'line', 's', attempts, spentMs]),
        );
      }
    });

    it('counts a batch once however often it is submitted', async () => {
      const run = await engine.openRun(runOptions());
      const batch = batchOf(0, ['http://a.test/1', 'nonsense', 'http://a.test/2']);
      await Promise.all([engine.submit(run, batch), engine.submit(run, batch)]);
      const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
      await until(async () => (await engine.counts(run)).settled === 3, 'three outcomes');
      await engine.submit(run, batch);
      await engine.seal(run, 1);
      await engine.submit(run, batch);
      await engine.seal(run, 1);
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      assert.equal(outcomes.length, 3);
      const { submitted, duplicates, batches } = await engine.counts(run);
      assert.deepEqual({ submitted, duplicates, batches }, { submitted: 3, duplicates: 0, batches: 1 });
    });

    it('refuses a batch number reused with other lines or another named host, and a different number of batches', async () => {
      const run = await engine.openRun(runOptions());
      const batch = { ...batchOf(0, ['http://a.test/1']), namedHost: 'a.test' };
      await engine.submit(run, batch);
      await assert.rejects(engine.submit(run, { ...batch, lines: ['http://a.test/2'] }), ConflictError);
      await assert.rejects(engine.submit(run, { ...batch, namedHost: 'other.test' }), ConflictError);
      await assert.rejects(engine.submit(run, batchOf(0, batch.lines)), ConflictError);
      await engine.seal(run, 1);
      await assert.rejects(engine.seal(run, 2), ConflictError);
    });

    it('ends a run without lines once it is sealed, and not before', async () => {
      const run = await engine.openRun(runOptions());
      assert.equal((await engine.counts(run)).ended, false);
      await engine.seal(run, 0);
      const { outcomes } = await collectAll(engine, run);
      assert.deepEqual(outcomes, []);
      assert.equal((await engine.counts(run)).ended, true);
    });

    it('does not end a sealed run while one of its batches is missing', async () => {
      const run = await engine.openRun(runOptions());
      const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
      await engine.submit(run, batchOf(1, ['http://a.test/2'], 2));
      await engine.seal(run, 2);
      await until(async () => (await engine.counts(run)).settled === 1, 'one outcome');
      assert.equal((await engine.counts(run)).ended, false);
      await engine.submit(run, batchOf(0, ['http://a.test/1']));
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      assert.equal(outcomes.length, 2);
    });

    it('opens a run once, and fails if the run does not exist', async () => {
      const options = runOptions({ timeoutMs: 1_234 });
      const run = await engine.openRun(options, 'contract-open.1');
      await engine.openRun(runOptions(), run);
      assert.deepEqual(await engine.options(run), options);
      assert.ok((await engine.runs()).includes(run));
      await assert.rejects(engine.counts('no-such-run'), UnknownRunError);
      await assert.rejects(engine.options('no-such-run'), UnknownRunError);
      await assert.rejects(engine.seal('no-such-run', 1), UnknownRunError);
    });
  });
}
