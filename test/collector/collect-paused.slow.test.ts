import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { readCheckpoint } from '../../src/collector/checkpoint.ts';
import { collect } from '../../src/collector/collect.ts';
import { openRunFolder } from '../../src/collector/run-folder.ts';
import { CLAIM_MS } from '../../src/engine/collecting.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { RunClaimedError } from '../../src/model/errors.ts';
import { silentLog } from '../../src/model/log.ts';
import { systemClock } from '../../src/util/clock.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { RedisCrawl } from './redis-crawl.ts';
import { RUN } from './scripted-engine.ts';
import { tempDir, until } from './temp-dir.ts';

/** Simulates a process that can be suspended: while it is, it neither calls nor reads, but its clock advances. */
class SuspendableProcess {
  readonly engine: Pick<Engine, 'claim' | 'leave' | 'outcomes' | 'release' | 'restore' | 'counts' | 'options'>;
  readonly clock = { wallMs: () => systemClock.wallMs() + this.#awayMs, monotonicMs: () => systemClock.monotonicMs() + this.#awayMs };
  #awayMs = 0;
  #running: Promise<void> = Promise.resolve();
  #resume = () => {};

  constructor(engine: Engine) {
    const awake = () => this.#running;
    this.engine = {
      claim: (...args) => awake().then(() => engine.claim(...args)),
      leave: (...args) => awake().then(() => engine.leave(...args)),
      release: (...args) => awake().then(() => engine.release(...args)),
      restore: (...args) => awake().then(() => engine.restore(...args)),
      counts: (...args) => awake().then(() => engine.counts(...args)),
      options: (...args) => awake().then(() => engine.options(...args)),
      outcomes: async function* (run, from, signal) {
        for await (const batch of engine.outcomes(run, from, signal)) {
          yield batch;
          // It is suspended here, after this read, and resumes from here.
          await awake();
        }
      },
    };
  }

  stop(): void {
    this.#running = new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  continue(afterMs: number): void {
    this.#awayMs += afterMs;
    this.#resume();
  }
}

test('a collector suspended for longer than its claim writes nothing into a folder taken over by another', async (t) => {
  const url = await testRedis();
  const redis = new Redis(url);
  t.after(() => redis.quit());
  const crawl = await RedisCrawl.open(t, url);
  const folder = await openRunFolder(await tempDir(t), RUN);
  const savedRows = async () => (await readCheckpoint(folder.checkpointFile))?.rows ?? 0;
  const unreleased = async () => (await crawl.engine.counts(RUN)).unreleased;
  const never = new AbortController().signal;
  const process = new SuspendableProcess(crawl.engine);
  const { clock } = process;
  // Suspended before its first checkpoint, which the clock would interrupt as well.
  let stopped = false;
  const onBatch = () => {
    if (!stopped) process.stop();
    stopped = true;
  };
  const options = { checkpointMs: 3_600_000, clock, onBatch };
  await crawl.settle(100);
  const first = collect(process.engine, RUN, folder, options, silentLog, never);
  const lost = assert.rejects(first, RunClaimedError);
  await until(async () => (await readFile(folder.outcomesFile, 'utf8').catch(() => '')) !== '', 'rows of the first collector');
  await redis.del(crawl.key('lease'));
  const second = collect(crawl.engine, RUN, folder, { checkpointMs: 10 }, silentLog, never);
  await crawl.settle(100);
  await until(async () => (await savedRows()) === 200 && (await unreleased()) === 0, 'the second to release what the first has not read');
  await crawl.settle(100);
  process.continue(CLAIM_MS);
  await crawl.settle(100);
  await lost;
  await crawl.seal();
  const { state, books } = await second;
  assert.deepEqual([state, books.balanced], ['ended', true]);
  const rows = (await readFile(folder.outcomesFile, 'utf8')).trimEnd().split('\n');
  assert.equal(new Set(rows.map((row) => JSON.parse(row).url)).size, 400);
  assert.equal(rows.length, 400);
  assert.equal(await savedRows(), 400);
});
