import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openRunFolder } from '../src/collector/run-folder.ts';
import { crawl } from '../src/crawl.ts';
import { openEngine } from '../src/engine/open-engine.ts';
import { UsageError } from '../src/model/errors.ts';
import { silentLog } from '../src/model/log.ts';
import { defaultRunOptions } from '../src/options/load-config.ts';
import type { Source } from '../src/producer/sources/source.ts';
import { startSite } from './helpers/site.ts';
import { until } from './helpers/until.ts';

const WORKER = { concurrency: 4, drainMs: 5_000, worker: 'test', env: {} };
const NEVER = new AbortController().signal;

async function start(t: test.TestContext) {
  const site = await startSite();
  const dataDir = await mkdtemp(join(tmpdir(), 'trawl-crawl-'));
  const engine = await openEngine({ kind: 'memory' }, silentLog);
  t.after(async () => {
    await engine.close();
    await site.close();
    await rm(dataDir, { recursive: true });
  });
  const run = await engine.openRun(defaultRunOptions());
  const folder = await openRunFolder(dataDir, run);
  const rows = async () => (await readFile(folder.outcomesFile, 'utf8')).split('\n').length - 1;
  return { site, engine, run, folder, rows };
}

const source = (name: string, lines: () => AsyncGenerator<string[]>): Source => ({ name, live: true, lines });

test('produces, works and collects at the same time, until the run has ended', async (t) => {
  const { site, engine, run, folder, rows } = await start(t);
  const lists = ['a', 'b'].map((name) =>
    source(name, async function* () {
      yield Array.from({ length: 50 }, (_, n) => `${site.origin}/get?${name}=${n}`);
    }),
  );
  let seen = 0;
  const onBatch = (outcomes: readonly unknown[]) => {
    seen += outcomes.length;
  };
  const summary = await crawl(engine, { run, sources: lists, folder, worker: WORKER, onBatch }, silentLog, NEVER);
  assert.deepEqual([summary.state, summary.books.balanced, summary.books.ok, summary.sources], ['ended', true, 100, ['a', 'b']]);
  assert.deepEqual([seen, await rows()], [100, 100]);
  assert.ok(site.maxInProgress <= 4);
});

test('the first outcomes are collected while the source still yields lines', async (t) => {
  const { site, engine, run, folder } = await start(t);
  const { promise: firstRow, resolve: sawRow } = deferred();
  const trickle = source('trickle', async function* () {
    yield [`${site.origin}/get?1`];
    await firstRow;
    yield [`${site.origin}/get?2`];
  });
  const summary = await crawl(engine, { run, sources: [trickle], folder, worker: WORKER, onBatch: () => sawRow() }, silentLog, NEVER);
  assert.deepEqual([summary.state, summary.books.ok], ['ended', 2]);
});

test('after the stop, URLs in flight are finished and collected, and the rest is left', async (t) => {
  const { site, engine, run, folder, rows } = await start(t);
  const stop = new AbortController();
  const slow = source('slow', async function* () {
    yield Array.from({ length: 100 }, (_, n) => `${site.origin}/delay/0.3?n=${n}`);
  });
  const onBatch = () => stop.abort();
  const summary = await crawl(engine, { run, sources: [slow], folder, worker: WORKER, onBatch }, silentLog, stop.signal);
  const { settled, inFlight } = await engine.counts(run);
  assert.equal(summary.state, 'stopped');
  assert.equal(inFlight, 0);
  assert.ok(settled < 50, `${settled} were fetched`);
  assert.deepEqual([summary.books.rows, await rows(), site.hits.length], [settled, settled, settled]);
});

test('an error of the source stops everything, and is the error that is reported', async (t) => {
  const { site, engine, run, folder, rows } = await start(t);
  const torn = source('torn', async function* () {
    yield [`${site.origin}/get`, `${site.origin}/delay/0.3`];
    throw new UsageError('torn is not a text list');
  });
  await assert.rejects(crawl(engine, { run, sources: [torn], folder, worker: WORKER }, silentLog, NEVER), {
    message: 'torn is not a text list',
  });
  assert.equal(JSON.parse(await readFile(folder.runFile, 'utf8')).state, 'stopped');
  assert.equal(await rows(), (await engine.counts(run)).settled);
});

test('an error of the collector stops everything, and is the error that is reported', async (t) => {
  const { site, engine, run, folder } = await start(t);
  const endless = source('endless', async function* () {
    for (let n = 0; ; n++) {
      yield [`${site.origin}/get?${n}`];
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });
  const onBatch = () => Promise.reject(new Error('no more'));
  await assert.rejects(crawl(engine, { run, sources: [endless], folder, worker: WORKER, onBatch }, silentLog, NEVER), {
    message: 'no more',
  });
});

test('without a worker of its own, it waits for others', async (t) => {
  const { site, engine, run, folder } = await start(t);
  const one = source('one', async function* () {
    yield [`${site.origin}/get`];
  });
  const stop = new AbortController();
  const crawling = crawl(engine, { run, sources: [one], folder }, silentLog, stop.signal);
  await until(async () => (await engine.counts(run)).sealedAt !== undefined, 'the seal');
  assert.equal((await engine.counts(run)).settled, 0);
  stop.abort();
  assert.equal((await crawling).state, 'stopped');
});

function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
