import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { collect } from '../../src/collector/collect.ts';
import { openRunFolder } from '../../src/collector/run-folder.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { openRedisEngine } from '../../src/engine/redis/redis-engine.ts';
import { type Log, silentLog } from '../../src/model/log.ts';
import { scratchFolder, startCli } from '../cli/run-cli.ts';
import { batchOf, type Crew, done, runOptions, startCrew, until, urls } from '../contracts/crew.ts';
import { startRedisServer } from '../helpers/redis-server.ts';
import { DEADLINE_MS } from '../helpers/until.ts';

const RUN = 'many';
const PREFIX = 'bounded';
/** Longer than the number of batches that could wait without blocking their producer, before the limit was in bytes. */
const LONG_LIST = 120_000;
/** More than all limits allow together. */
const BATCHES = 160;
const BATCH_LINES = 20;
const LIMITS = { maxWaiting: 600, maxUnreleased: 500, maxStoredBytes: 20_000 };
const { maxWaiting, maxUnreleased, maxStoredBytes } = LIMITS;
/** A batch may exceed the byte limit, because room is requested before its size is known. */
const MOST_BATCH_BYTES = 1_000;
/** What may exceed a limit at once: 5 visits of up to 50 entries, and 8 batches. */
const MOST_OVER = { visits: 5 * 50, batches: 8 * BATCH_LINES };
/** The number of scripts called while nothing more of the run enters Redis. The test watches for that long. */
const LOOK_ON_SCRIPTS = 8;

async function startRedis(t: TestContext) {
  const server = await startRedisServer();
  const redis = new Redis(server.url);
  t.after(async () => {
    redis.disconnect();
    await server.stop();
  });
  const info = async (field: string) => Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(await redis.info('all'))?.[1]);
  return {
    url: server.url,
    memory: () => info('used_memory'),
    stored: () => redis.hlen(`{${PREFIX}}:run:${RUN}:stored`),
    storedBytes: async () => Number(await redis.hget(`{${PREFIX}}:run:${RUN}:counts`, 'storedBytes')),
    /** By then, every process at work has asked Redis many times. */
    async lookOn() {
      const scripts = async () => Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(await redis.info('commandstats'))?.[1]);
      const from = await scripts();
      await until(async () => (await scripts()) > from + LOOK_ON_SCRIPTS, 'some scripts');
    },
    jobs: async () => (await redis.llen(`{${PREFIX}}:urls:wait`)) + (await redis.llen(`{${PREFIX}}:urls:active`)),
    /** The operations on jobs of the queue so far. */
    async jobEvents() {
      const stream = (await redis.xinfo('STREAM', `{${PREFIX}}:urls:events`)) as unknown[];
      return stream[stream.indexOf('entries-added') + 1] as number;
    },
  };
}

/** The producer's part, up to a number of batches. It waits in the last one that it cannot submit. */
function produce(engine: Engine, batches: number, lines: (batch: number) => string[]) {
  const progress = { submitted: 0, done: Promise.resolve() };
  progress.done = (async () => {
    for (let batch = 0; batch < batches; batch++) {
      await engine.submit(RUN, batchOf(batch, lines(batch), batch * BATCH_LINES + 1));
      progress.submitted++;
    }
    await engine.seal(RUN, batches);
  })();
  progress.done.catch(() => {});
  return progress;
}

/** Real workers and a producer, with small limits, and no collector. */
async function openSmall(t: TestContext, url: string, log: Log = silentLog) {
  const engine = await openRedisEngine({ url, prefix: PREFIX, patience: 'always', limits: LIMITS }, log);
  await engine.openRun(runOptions(), RUN);
  const crew: Crew = startCrew(engine, async (entry, visit) => done(visit, entry), { concurrency: 5 });
  t.after(async () => {
    await crew.stop();
    await engine.close();
  });
  return { engine, crew };
}

test('a producer submits a long list and exits, although no other process runs', async (t) => {
  const redis = await startRedis(t);
  const cwd = await scratchFolder(t);
  const file = createWriteStream(join(cwd, 'urls.txt'));
  for (let line = 0; line < LONG_LIST; line++) file.write(`http://127.0.0.1:9/${line}\n`);
  await new Promise((resolve) => file.end(resolve));
  const producer = startCli(['enqueue', '--run', RUN, 'urls.txt'], { cwd, env: { TRAWL_REDIS_URL: redis.url, TRAWL_PREFIX: PREFIX } });
  t.after(() => void producer.child.kill('SIGKILL'));
  const { code, stderr } = await producer.result;
  assert.equal(code, 0, stderr);
  const [batches, bytes] = [await redis.stored(), await redis.storedBytes()];
  assert.equal(batches, LONG_LIST / 1_000);
  assert.ok(bytes < 10 * LONG_LIST, `${bytes} bytes`);
});

test('without a collector, visits stop at the outcome limit, and resume when one starts', async (t) => {
  const redis = await startRedis(t);
  const said: string[] = [];
  const { engine, crew } = await openSmall(t, redis.url, { ...silentLog, warn: (_, text) => void said.push(text) });
  const before = await redis.memory();
  const producing = produce(engine, BATCHES, (batch) => urls(BATCH_LINES, `host-${batch % 7}.test`).map((url) => `${url}/${batch}`));
  await until(async () => (await redis.storedBytes()) >= maxStoredBytes, 'the maximum of stored batches');
  await until(async () => (await engine.counts(RUN)).unreleased >= maxUnreleased, 'as many outcomes as may be');
  await redis.lookOn();
  const { unreleased, accepted, settled } = await engine.counts(RUN);
  const [fetched, stored, bytes] = [crew.fetches.length, await redis.storedBytes(), (await redis.memory()) - before];
  assert.ok(unreleased >= maxUnreleased && unreleased <= maxUnreleased + MOST_OVER.visits, `${unreleased} outcomes`);
  assert.ok(accepted - settled <= maxWaiting + MOST_OVER.batches, `${accepted - settled} entries wait`);
  assert.ok(stored <= maxStoredBytes + MOST_BATCH_BYTES, `${stored} bytes of batches`);
  assert.ok(producing.submitted < BATCHES, `${producing.submitted} batches submitted`);
  assert.equal(
    said.filter((text) => text.startsWith(`run ${RUN} is waiting: ${maxUnreleased} of its outcomes`)).length,
    1,
    said.join('\n'),
  );
  t.diagnostic(
    `${unreleased} outcomes, ${accepted - settled} entries and ${stored} bytes of batches, ${bytes / 1e6} MB; ${producing.submitted} of ${BATCHES} submitted`,
  );

  const cwd = await scratchFolder(t);
  const folder = await openRunFolder(cwd, RUN);
  const { books } = await collect(engine, RUN, folder, { checkpointMs: 50 }, silentLog, AbortSignal.timeout(DEADLINE_MS));
  await producing.done;
  assert.deepEqual([books.rows, books.ok, books.balanced], [BATCHES * BATCH_LINES, BATCHES * BATCH_LINES, true]);
  assert.ok(crew.fetches.length === BATCHES * BATCH_LINES && fetched < 1_000, `${fetched}, then ${crew.fetches.length} fetches`);
});

test('a list of invalid lines fills Redis no further than other outcomes do', async (t) => {
  const redis = await startRedis(t);
  const { engine } = await openSmall(t, redis.url);
  const producing = produce(engine, BATCHES, (batch) => Array.from({ length: BATCH_LINES }, (_, line) => `no url ${batch} ${line}`));
  await until(
    async () => (await redis.storedBytes()) >= maxStoredBytes || producing.submitted === BATCHES,
    'the maximum of stored batches',
  );
  await redis.lookOn();
  const { unreleased } = await engine.counts(RUN);
  assert.ok(unreleased <= maxUnreleased + MOST_OVER.batches, `${unreleased} outcomes`);
  assert.ok(producing.submitted < BATCHES, `${producing.submitted} batches submitted`);
});

test('a run with stalled visits fills the frontier up to its limit, and its jobs are not touched while it is full', async (t) => {
  const redis = await startRedis(t);
  const { engine } = await openSmall(t, redis.url);
  await engine.pause(RUN);
  const producing = produce(engine, BATCHES, (batch) => urls(BATCH_LINES, `host-${batch}.test`));
  await until(
    async () => (await redis.storedBytes()) >= maxStoredBytes || producing.submitted === BATCHES,
    'the maximum of stored batches',
  );
  await until(async () => (await engine.counts(RUN)).accepted >= maxWaiting && (await redis.jobs()) === 0, 'the last job to end');
  let events = 0;
  await until(async () => {
    events = await redis.jobEvents();
    await redis.lookOn();
    return (await redis.jobEvents()) === events;
  }, 'no more operations on jobs');
  await redis.lookOn();
  assert.equal(await redis.jobEvents(), events);
  const { accepted, settled } = await engine.counts(RUN);
  assert.ok(accepted >= maxWaiting && accepted <= maxWaiting + MOST_OVER.batches, `${accepted} entries`);
  assert.equal(settled, 0);
  assert.ok(producing.submitted < BATCHES, `${producing.submitted} batches submitted`);
});
