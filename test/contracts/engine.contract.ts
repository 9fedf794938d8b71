import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Batch, Engine } from '../../src/engine/engine.ts';
import type { Entry } from '../../src/model/entry.ts';
import { ConflictError, RunClaimedError, UnknownRunError } from '../../src/model/errors.ts';
import type { RunId } from '../../src/model/run-id.ts';
import type { RunOptions } from '../../src/model/run-options.ts';
import { DEADLINE_MS, scaledMs } from '../helpers/until.ts';
import { batchOf, collectAll, done, outcomeOf, runOptions, sorted, startCrew, until, urls } from './crew.ts';

/** An engine to be tested, and what only time can do to it. */
export interface EngineOnTrial {
  engine: Engine;
  /** Whoever claimed the run did so too long ago. */
  lapse(run: RunId): Promise<void>;
}

/** The definition of correct for an engine. `open` gives engines that share nothing with those of other calls. */
export function engineContract(name: string, open: () => Promise<EngineOnTrial>): void {
  describe(`${name} engine`, () => {
    let engine: Engine;
    let lapse: EngineOnTrial['lapse'];
    before(async () => {
      ({ engine, lapse } = await open());
    });
    after(() => engine.close());

    describe('submitting', () => {
      it('gives every line one outcome, with its line number, and the books balance', async () => {
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

      it('counts a URL that was seen before as a duplicate, within a batch and across batches', async () => {
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

      it('makes a line that is no URL an outcome, and no line of blanks and comments', async () => {
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

      it('makes each line of a batch with identities by line an entry, and hands records on whole, also when they come again', async () => {
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

      it('refuses a batch number that was used with other lines or for another named host, and another number of batches', async () => {
        const run = await engine.openRun(runOptions());
        const batch = { ...batchOf(0, ['http://a.test/1']), namedHost: 'a.test' };
        await engine.submit(run, batch);
        await assert.rejects(engine.submit(run, { ...batch, lines: ['http://a.test/2'] }), ConflictError);
        await assert.rejects(engine.submit(run, { ...batch, namedHost: 'other.test' }), ConflictError);
        await assert.rejects(engine.submit(run, batchOf(0, batch.lines)), ConflictError);
        await engine.seal(run, 1);
        await assert.rejects(engine.seal(run, 2), ConflictError);
      });

      it('ends a run without lines, and not before it is sealed', async () => {
        const run = await engine.openRun(runOptions());
        assert.equal((await engine.counts(run)).ended, false);
        await engine.seal(run, 0);
        const { outcomes } = await collectAll(engine, run);
        assert.deepEqual(outcomes, []);
        assert.equal((await engine.counts(run)).ended, true);
      });

      it('does not end a run while a batch that was sealed is missing', async () => {
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

      it('opens a run once, and says so when there is none', async () => {
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

    describe('politeness', () => {
      it('tells how long what waits takes at the least', async () => {
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

      it('keeps to its allowance, and follows it down and up', async () => {
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
        // Visits that are under way go on for a while, and between two entries nothing of them is in progress.
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

      it('does not keep a run with a lower host concurrency waiting until one with a higher has ended', async () => {
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

      it('does not keep a run with a higher host concurrency to the lanes of one with a lower', async () => {
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
        await until(() => crew.fetches.length > 5, 'the modest run to be under way');
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
          // Any start can be seen late on a busy machine, the first one too: only the whole time is judged.
          assert.ok((starts.at(-1) as number) - beganMs >= 5 * 100 - 10, `starts ${starts.map(Math.round).join(' ')}`);
        }
      });

      it('counts the interval from where a request goes out, not from where its visit began', async () => {
        const run = await engine.openRun(runOptions({ hostIntervalMs: 100 }));
        const startsMs: number[] = [];
        const crew = startCrew(engine, async (entry, visit) => {
          // As long as a connection takes that has to be opened first.
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
        // From before the first request's 60 ms, and those of each of the others.
        assert.ok((startsMs.at(-1) as number) - beganMs >= 60 + 4 * 160 - 20, `starts ${startsMs.map(Math.round).join(' ')}`);
      });

      it('gives an origin with an interval to no other visit before the request has gone out, however late that is', async () => {
        const run = await engine.openRun(runOptions({ hostIntervalMs: 20 }));
        let isSent = false;
        let begunBefore = 0;
        const crew = startCrew(
          engine,
          async (entry, visit) => {
            if (entry.origin === 'http://late.test' && !isSent && ++begunBefore === 1) {
              // Until then, the time of the next request comes many times over.
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

      it('starts nothing on an origin that asked for a pause, and goes on with the others', async () => {
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

      it('lets a slow URL hold up only itself', async () => {
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
    });

    describe('settling', () => {
      it('gives an entry again when its retry is due, not before, and makes one outcome of it', async () => {
        const run = await engine.openRun(runOptions());
        const tries: Array<{ atMs: number; attempts: number }> = [];
        const crew = startCrew(engine, async (entry, visit) => {
          tries.push({ atMs: performance.now(), attempts: entry.attempts });
          if (entry.attempts === 2) return done(visit, entry);
          return { kind: 'retry', afterMs: 150, entry: { ...entry, attempts: entry.attempts + 1 } };
        });
        await engine.submit(run, batchOf(0, ['http://flaky.test/']));
        await engine.seal(run, 1);
        const { outcomes } = await collectAll(engine, run);
        await crew.stop();
        assert.deepEqual(
          outcomes.map(({ url, attempts, line }) => [url, attempts, line]),
          [['http://flaky.test/', 3, 1]],
        );
        assert.deepEqual(
          tries.map((attempt) => attempt.attempts),
          [0, 1, 2],
        );
        for (const index of [1, 2]) assert.ok((tries[index]?.atMs ?? 0) - (tries[index - 1]?.atMs ?? 0) >= 145);
        assert.equal((await engine.counts(run)).retries, 2);
      });

      it('gives an entry again that went back, and loses none that a visit left unsettled', async () => {
        const run = await engine.openRun(runOptions());
        const seen = new Set<string>();
        const crew = startCrew(engine, async (entry, visit) => {
          if (seen.has(entry.url)) return done(visit, entry);
          seen.add(entry.url);
          return { kind: 'back' };
        });
        await engine.submit(run, batchOf(0, urls(120)));
        await engine.seal(run, 1);
        const { outcomes } = await collectAll(engine, run);
        await crew.stop();
        assert.deepEqual(sorted(outcomes), urls(120).sort());
        assert.equal(crew.fetches.length, 240);
      });

      it('counts outcomes by what they are', async () => {
        const run = await engine.openRun(runOptions());
        const verdicts = ['ok', 'broken', 'dns', 'robots'] as const;
        const crew = startCrew(engine, async (entry, visit) => {
          const verdict = verdicts[Number(entry.url.at(-1)) % 4] ?? 'ok';
          return { kind: 'outcome', outcome: outcomeOf(visit.run, entry, { verdict, ok: verdict === 'ok' }) };
        });
        await engine.submit(run, batchOf(0, urls(8)));
        await engine.seal(run, 1);
        await collectAll(engine, run);
        await crew.stop();
        const { ok, failed, skipped, settled } = await engine.counts(run);
        assert.deepEqual({ ok, failed, skipped, settled }, { ok: 2, failed: 4, skipped: 2, settled: 8 });
      });

      it('refuses to settle an entry twice', async () => {
        const run = await engine.openRun(runOptions());
        let refused = 0;
        const stop = new AbortController();
        const working = engine.work(
          async (visit) => {
            for (let entry = await visit.next(); entry !== undefined; entry = await visit.next()) {
              visit.settle(entry, done(visit, entry));
              try {
                visit.settle(entry, done(visit, entry));
              } catch {
                refused++;
              }
            }
          },
          { concurrency: 2, drainMs: 1_000, worker: 'twice' },
          stop.signal,
        );
        await engine.submit(run, batchOf(0, urls(10)));
        await engine.seal(run, 1);
        const { outcomes } = await collectAll(engine, run);
        stop.abort();
        await working;
        assert.deepEqual([outcomes.length, refused], [10, 10]);
      });

      it('tells how long an entry has waited by one clock', async () => {
        const run = await engine.openRun(runOptions());
        const waits: number[] = [];
        await engine.submit(run, batchOf(0, urls(3)));
        await engine.seal(run, 1);
        const crew = startCrew(engine, async (entry, visit) => {
          waits.push(visit.nowMs() - entry.acceptedAtMs);
          return done(visit, entry);
        });
        await collectAll(engine, run);
        await crew.stop();
        assert.ok(
          waits.every((waitMs) => waitMs >= -5 && waitMs < DEADLINE_MS),
          waits.join(' '),
        );
      });
    });

    describe('collecting', () => {
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

      it('forgets what was released, more than once as well', async () => {
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

      it('tells which runs have outcomes for a collector, or an end, and which have nothing new', async () => {
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
        // A submitted batch counts once it was pushed.
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

      it('leaves out runs that another collector has, until its claim lapses', async () => {
        const [mine, theirs] = (await Promise.all([1, 2].map(() => engine.openRun(runOptions())))) as [RunId, RunId];
        for (const run of [mine, theirs]) await engine.seal(run, 0);
        await engine.claim(mine, { id: 'me', folder: 'f' });
        await engine.claim(theirs, { id: 'they', folder: 'f' });
        assert.deepEqual(await engine.uncollected([mine, theirs], 'me'), [mine]);
        assert.deepEqual(await engine.uncollected([mine, theirs]), [mine, theirs]);
        await lapse(theirs);
        assert.deepEqual(await engine.uncollected([mine, theirs], 'me'), [mine, theirs]);
      });

      it('knows the collectors that are alive, and how many runs each has', async () => {
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

      it('has one collector for a run, and one folder', async () => {
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

      it('gives the run to another collector at once when the first leaves, and only then', async () => {
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

      it('knows how many processes work on it', async () => {
        const before = await engine.workers();
        const crew = startCrew(engine, async (entry, visit) => done(visit, entry), { worker: 'counted' });
        await until(async () => (await engine.workers()) === before + 1, 'it is counted');
        await crew.stop();
        await until(async () => (await engine.workers()) === before, 'it is not counted any more');
      });

      it('names the workers, and knows which origins are ready', async () => {
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

      it('renews a claim that lapsed, but not once another collector had the run', async () => {
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

      it('forgets nothing for a collector after which another had the run', async () => {
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

    describe('steering', () => {
      it('starts nothing of a paused run, and goes on when it is resumed', async () => {
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

      it('stops a run that is paused in the middle', async () => {
        const run = await engine.openRun(runOptions({ hostConcurrency: 2 }));
        const crew = startCrew(engine, async (entry, visit) => sleep(5).then(() => done(visit, entry)));
        await engine.submit(run, batchOf(0, urls(1_000)));
        await engine.seal(run, 1);
        await until(() => crew.fetches.length > 10, 'under way');
        await engine.pause(run);
        await until(async () => (await engine.counts(run)).inFlight === 0, 'nothing in flight');
        const { settled } = await engine.counts(run);
        assert.ok(settled < 1_000);
        assert.equal(crew.fetches.length, settled);
        await engine.resume(run);
        assert.equal((await collectAll(engine, run)).outcomes.length, 1_000);
        await crew.stop();
      });

      it('gives every entry that waits the outcome cancelled, and ends the run, sealed or not', async () => {
        const run = await engine.openRun(runOptions({ hostConcurrency: 1, hostIntervalMs: 20 }));
        const crew = startCrew(engine, async (entry, visit) => {
          if (entry.url.endsWith('/0')) return { kind: 'retry', afterMs: 3_600_000, entry: { ...entry, attempts: 1 } };
          return done(visit, entry);
        });
        await engine.submit(run, batchOf(0, [...urls(700, 'a.test'), ...urls(700, 'b.test').slice(0, 300)]));
        await engine.submit(run, batchOf(1, urls(1_000, 'c.test'), 1_001));
        await until(async () => (await engine.counts(run)).settled > 3 && (await engine.counts(run)).batches === 2, 'under way');
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

      it('waits for nothing of a run that is cancelled, also of what was in flight and is to be retried later', async () => {
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

      it('seals at what was submitted when no number is given', async () => {
        const run = await engine.openRun(runOptions());
        const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
        await engine.submit(run, batchOf(0, urls(3)));
        await engine.submit(run, batchOf(1, urls(3, 'b.test'), 4));
        await engine.seal(run);
        assert.equal((await collectAll(engine, run)).outcomes.length, 6);
        await crew.stop();
        assert.equal((await engine.counts(run)).sealedAt, 2);
      });

      it('leaves nothing of a run that is removed, and other runs of its origins go on', async () => {
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

    describe('declining', () => {
      const picky = { worker: 'picky', accepts: async (_run: RunId, options: RunOptions) => options.map === undefined };

      it('leaves runs that a worker does not accept to others, and gives it the rest', async () => {
        const mapped = await engine.openRun(runOptions({ map: 'x.mjs' }));
        const plain = await engine.openRun(runOptions());
        const declining = startCrew(engine, async (entry, visit) => done(visit, entry), picky);
        for (const run of [mapped, plain]) await engine.submit(run, batchOf(0, urls(300, `${run}.test`)));
        await engine.seal(plain, 1);
        assert.equal((await collectAll(engine, plain)).outcomes.length, 300);
        assert.equal((await engine.counts(mapped)).settled, 0);
        const able = startCrew(engine, async (entry, visit) => done(visit, entry));
        await until(async () => (await engine.counts(mapped)).settled === 300, 'the other worker has done them');
        // Also what comes when both are idle.
        await engine.submit(mapped, batchOf(1, urls(30, `later-${mapped}.test`), 301));
        await engine.seal(mapped, 2);
        assert.equal((await collectAll(engine, mapped)).outcomes.length, 330);
        await Promise.all([declining.stop(), able.stop()]);
        assert.deepEqual([declining.fetches.filter(({ run }) => run === mapped).length, able.fetches.length], [0, 330]);
      });

      it('asks a worker again that declined, but not all the time', async () => {
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

      it('asks a worker again that accepted, and gives it nothing more while it declines', async () => {
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
        await until(async () => {
          await submitMore();
          return declined > 0;
        }, 'it is asked again');
        await submitMore();
        const askedBefore = declined;
        await until(() => declined > askedBefore, 'and again');
        const { settled, accepted } = await engine.counts(run);
        assert.ok(settled < accepted, `${settled} of ${accepted}`);
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

    describe('stopping', () => {
      it('finishes what is in flight, gives back the rest, and another worker goes on', async () => {
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

      it('breaks off what is still in flight after the drain, and gives it back', async () => {
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

      it('stops reading outcomes at the signal', async () => {
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

    it('works on two runs at once, and neither waits for the other to end', async () => {
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
      await until(() => crew.fetches.length > 50, 'the long run under way');
      await engine.submit(short, batchOf(0, urls(10, 'short.test')));
      await engine.seal(short, 1);
      const { outcomes } = await collectAll(engine, short);
      assert.equal(outcomes.length, 10);
      assert.ok((await engine.counts(long)).settled < 1_000, 'the long run was still going on');
      assert.equal((await collectAll(engine, long)).outcomes.length, 1_000);
      await crew.stop();
    });

    describe('ticks', () => {
      it('come until the signal aborts, and none before it is due', async () => {
        const stop = new AbortController();
        const startMs = performance.now();
        const atMs: number[] = [];
        for await (const _ of engine.ticks('grid', 100, stop.signal)) {
          atMs.push(performance.now() - startMs);
          if (atMs.length === 6) stop.abort();
        }
        assert.equal(atMs.length, 6);
        // Each may come late, the first one too.
        assert.ok((atMs[5] as number) >= 490, `six ticks, five times 100 ms apart, came within ${atMs[5]} ms`);
      });

      it('that fell due while nobody waited are one', async () => {
        const stop = new AbortController();
        const ticks = engine.ticks('busy', 100, stop.signal)[Symbol.asyncIterator]();
        await ticks.next();
        const busyUntilMs = performance.now() + 1_000;
        await until(() => performance.now() >= busyUntilMs, 'ten ticks to pass');
        for (let taken = 0; taken < 4; taken++) await ticks.next();
        // One for all that passed, one at the next due time, and two more after that.
        const tookMs = performance.now() - busyUntilMs;
        assert.ok(tookMs >= 190, `four ticks were given within ${tookMs} ms`);
        stop.abort();
        assert.equal((await ticks.next()).done, true);
      });

      it('of two names are two schedules', async () => {
        const stop = new AbortController();
        const take = async (name: string) => {
          let taken = 0;
          for await (const _ of engine.ticks(name, 100, stop.signal)) if (++taken === 3) return taken;
          return taken;
        };
        assert.deepEqual(await Promise.all([take('one'), take('other')]), [3, 3]);
      });
    });
  });
}
