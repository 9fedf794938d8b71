import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { collect } from '../../src/collector/collect.ts';
import { type CollectRunsOptions, collectRuns } from '../../src/collector/collect-runs.ts';
import { findRunFolder, openRunFolder, readRunFile } from '../../src/collector/run-folder.ts';
import { CLAIM_MS } from '../../src/engine/collecting.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { RunClaimedError } from '../../src/model/errors.ts';
import { type Log, silentLog } from '../../src/model/log.ts';
import { systemClock } from '../../src/util/clock.ts';
import { OPTIONS } from './scripted-engine.ts';
import { tempDir, until } from './temp-dir.ts';

/** Adds a run whose lines are invalid URLs, so that they become rows at once. */
async function addRun(engine: Engine, id: string, rows: number): Promise<void> {
  await engine.openRun(OPTIONS, id);
  await engine.submit(id, { number: 0, firstLine: 1, lines: Array.from({ length: rows }, (_, index) => `no url ${index}`) });
}

async function stateOf(dataDir: string, run: string): Promise<string> {
  const folder = await findRunFolder(dataDir, run);
  return folder === undefined ? 'none' : (await readRunFile(folder)).summary.state;
}

class Service {
  readonly messages: string[] = [];
  readonly #stop = new AbortController();
  readonly #serving: Promise<void>;

  constructor(t: TestContext, engine: Engine, dataDir: string, options: CollectRunsOptions = {}) {
    const keep = (_fields: object, message: string) => void this.messages.push(message);
    const log: Log = { ...silentLog, info: keep, warn: keep, error: keep };
    this.#serving = collectRuns(engine, dataDir, log, this.#stop.signal, { lookEveryMs: 10, ...options });
    t.after(() => this.stop());
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#serving;
  }
}

test('a service collects every run, including later ones, and logs where', async (t) => {
  const dataDir = await tempDir(t);
  const engine = createMemoryEngine();
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => void warnings.push(warning);
  process.on('warning', onWarning);
  t.after(() => process.off('warning', onWarning));
  // More open runs than the default limit of listeners on an emitter.
  for (let run = 0; run < 15; run++) await addRun(engine, `run-${run}`, 5);
  const service = new Service(t, engine, dataDir);
  await until(() => service.messages.filter((message) => message.startsWith('collecting run')).length === 15, '15 runs being collected');
  await addRun(engine, 'later', 3);
  await engine.seal('later', 1);
  await until(async () => (await stateOf(dataDir, 'later')) === 'ended', 'the end of the later run');
  const said = `run later has ended: 3 rows in ${join(dataDir, 'later')}`;
  await until(() => service.messages.includes(said), said);
  await service.stop();
  assert.equal(await stateOf(dataDir, 'run-0'), 'stopped');
  assert.deepEqual(warnings, []);
});

test('a restarted service continues the runs that had not ended, and leaves the others alone', async (t) => {
  const dataDir = await tempDir(t);
  let skippedMs = 0;
  const clock = { wallMs: () => systemClock.wallMs(), monotonicMs: () => systemClock.monotonicMs() + skippedMs };
  const engine = createMemoryEngine({ clock });
  await addRun(engine, 'done', 2);
  await engine.seal('done', 1);
  await addRun(engine, 'open', 2);
  const first = new Service(t, engine, dataDir);
  await until(async () => (await stateOf(dataDir, 'done')) === 'ended', 'the end of a run');
  await until(() => first.messages.some((message) => message.startsWith('collecting run open')), 'the other run to be collected');
  await first.stop();
  const done = await readFile(join(dataDir, 'done', 'run.json'), 'utf8');
  await engine.submit('open', { number: 1, firstLine: 3, lines: ['no url 2'] });
  await engine.seal('open', 2);
  // By then the claim of the first collector has expired.
  skippedMs = CLAIM_MS + 1;
  const second = new Service(t, engine, dataDir);
  await until(async () => (await stateOf(dataDir, 'open')) === 'ended', 'the end of the other run');
  const rows = (await readFile(join(dataDir, 'open', 'outcomes.ndjson'), 'utf8')).trim().split('\n');
  assert.deepEqual(
    rows.map((row) => JSON.parse(row).line),
    [1, 2, 3],
  );
  assert.equal(await readFile(join(dataDir, 'done', 'run.json'), 'utf8'), done);
  assert.ok(!second.messages.some((message) => message.startsWith('collecting run done')));
});

test('a run that cannot be collected is reported and does not delay others', async (t) => {
  const dataDir = await tempDir(t);
  const engine = createMemoryEngine();
  for (const run of ['bad', 'good']) {
    await addRun(engine, run, 2);
    await engine.seal(run, 1);
  }
  const bad = await openRunFolder(dataDir, 'bad');
  await writeFile(bad.checkpointFile, 'torn');
  const service = new Service(t, engine, dataDir);
  await until(async () => (await stateOf(dataDir, 'good')) === 'ended', 'the end of the good run');
  const said = () => service.messages.filter((message) => message.startsWith('run bad cannot be collected now'));
  await until(() => said().length > 0, 'the message');
  assert.match(said()[0] as string, /trying again in 2 s: .*checkpoint\.json is damaged/);
});

test('requests to an engine that does not answer are retried', async (t) => {
  const dataDir = await tempDir(t);
  const engine = createMemoryEngine();
  await addRun(engine, 'run', 1);
  await engine.seal('run', 1);
  const { runs } = engine;
  let failures = 0;
  engine.runs = async () => {
    if (failures++ < 3) throw new Error('connection lost');
    return runs.call(engine);
  };
  const service = new Service(t, engine, dataDir);
  await until(async () => (await stateOf(dataDir, 'run')) === 'ended', 'the end of the run');
  assert.equal(service.messages.filter((message) => message.startsWith('cannot read the list of runs')).length, 1);
});

test('a run with outcomes is collected even if many idle runs came before it', async (t) => {
  const dataDir = await tempDir(t);
  const engine = createMemoryEngine();
  const service = new Service(t, engine, dataDir, { atOnce: 3 });
  const began = (run: string) => service.messages.some((message) => message.startsWith(`collecting run ${run} `));
  for (let run = 0; run < 3; run++) await addRun(engine, `open-${run}`, 1);
  await until(() => [0, 1, 2].every((run) => began(`open-${run}`)), 'three open runs to have all places');
  await engine.openRun(OPTIONS, 'empty');
  await addRun(engine, 'sealed', 2);
  await engine.seal('sealed', 1);
  await until(async () => (await stateOf(dataDir, 'sealed')) === 'ended', 'the end of the run that came last');
  // The runs that made room for it continue.
  await engine.submit('open-0', { number: 1, firstLine: 2, lines: ['no url 1'] });
  await engine.seal('open-0', 2);
  await until(async () => (await stateOf(dataDir, 'open-0')) === 'ended', 'the end of a run that was left');
  const rows = (await readFile(join(dataDir, 'open-0', 'outcomes.ndjson'), 'utf8')).trim().split('\n');
  assert.deepEqual(
    rows.map((row) => JSON.parse(row).line),
    [1, 2],
  );
  assert.equal(await stateOf(dataDir, 'empty'), 'none');
});

test('a run of another collector is left alone until its claim expires, and is taken at the next check', async (t) => {
  const dataDir = await tempDir(t);
  let skippedMs = 0;
  const clock = { wallMs: () => systemClock.wallMs(), monotonicMs: () => systemClock.monotonicMs() + skippedMs };
  const engine = createMemoryEngine({ clock });
  await addRun(engine, 'theirs', 2);
  await engine.seal('theirs', 1);
  const { identity } = await openRunFolder(dataDir, 'theirs');
  await engine.claim('theirs', { id: 'other', folder: identity });
  let [looks, claims] = [0, 0];
  const { uncollected, claim } = engine;
  engine.uncollected = (...args) => {
    looks++;
    return uncollected.apply(engine, args);
  };
  engine.claim = (...args) => {
    claims++;
    return claim.apply(engine, args);
  };
  new Service(t, engine, dataDir);
  await until(() => looks > 3, 'some looks');
  assert.equal(claims, 0);
  skippedMs = CLAIM_MS + 1;
  await until(async () => (await stateOf(dataDir, 'theirs')) === 'ended', 'the run to be taken over');
});

test('a folder that this process created stays if another collector has begun to use it', async (t) => {
  const dataDir = await tempDir(t);
  const engine = createMemoryEngine();
  for (const run of ['here', 'elsewhere']) await addRun(engine, run, 1);
  const collectInto = async (run: string, theirFolder?: string) => {
    const folder = await openRunFolder(dataDir, run);
    await engine.claim(run, { id: 'other', folder: theirFolder ?? folder.identity });
    await assert.rejects(collect(engine, run, folder, { waitForClaimMs: 0 }, silentLog, new AbortController().signal), RunClaimedError);
    return { made: folder.identity, left: (await findRunFolder(dataDir, run))?.identity };
  };
  const { made, left } = await collectInto('here');
  assert.equal(left, made);
  assert.equal((await collectInto('elsewhere', 'a folder of another disk')).left, undefined);
});

test('a check takes a share of the waiting runs, and leaves the rest to the other live collectors', async (t) => {
  const dataDir = await tempDir(t);
  const engine = createMemoryEngine();
  for (let run = 0; run < 9; run++) await addRun(engine, `run-${run}`, 1);
  await engine.attend('second', 0);
  await engine.attend('third', 0);
  const service = new Service(t, engine, dataDir, { lookEveryMs: 60_000 });
  const begun = () => service.messages.filter((message) => message.startsWith('collecting run'));
  await until(() => begun().length === 3, 'a third of the runs');
  assert.deepEqual(
    (await engine.facts()).collectors.map(({ name }) => name).filter((name) => name !== 'second' && name !== 'third').length,
    1,
  );
  await service.stop();
  assert.equal(begun().length, 3);
  assert.deepEqual(
    (await engine.facts()).collectors.map(({ name }) => name),
    ['second', 'third'],
  );
});
