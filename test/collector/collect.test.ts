import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { readCheckpoint } from '../../src/collector/checkpoint.ts';
import { type CollectOptions, collect } from '../../src/collector/collect.ts';
import { openRunFolder, type RunFolder, readRunFile } from '../../src/collector/run-folder.ts';
import { ConflictError, RunClaimedError } from '../../src/model/errors.ts';
import { silentLog } from '../../src/model/log.ts';
import type { RunSummary } from '../../src/model/run-summary.ts';
import { logText, OPTIONS, RUN, ScriptedEngine } from './scripted-engine.ts';
import { tempDir, until } from './temp-dir.ts';

function never(): AbortSignal {
  return new AbortController().signal;
}

async function newFolder(t: TestContext): Promise<RunFolder> {
  return openRunFolder(await tempDir(t), RUN);
}

async function collectAll(engine: ScriptedEngine, folder: RunFolder, options: CollectOptions = {}, signal = never()): Promise<RunSummary> {
  return collect(engine, RUN, folder, options, silentLog, signal);
}

async function savedRows(folder: RunFolder): Promise<number> {
  return (await readCheckpoint(folder.checkpointFile))?.rows ?? 0;
}

test('an ended run is written row by row, its books balance, and everything is released', async (t) => {
  const folder = await newFolder(t);
  const engine = new ScriptedEngine({ rows: 25_000, duplicates: 7 });
  const summary = await collectAll(engine, folder, { sources: ['a.txt', 'b.txt'] });
  assert.equal(await readFile(folder.outcomesFile, 'utf8'), logText(25_000));
  assert.equal(summary.state, 'ended');
  const { submitted, duplicates, accepted, rows, ok, failed, skipped, balanced } = summary.books;
  assert.deepEqual([submitted, duplicates, accepted, rows, balanced], [25_007, 7, 25_000, 25_000, true]);
  assert.equal(ok + failed + skipped, 25_000);
  assert.equal(engine.released, 25_000);
  assert.equal(await savedRows(folder), 25_000);
  assert.deepEqual(await readRunFile(folder), { summary, options: OPTIONS });
  assert.deepEqual(summary.sources, ['a.txt', 'b.txt']);
  assert.ok(Date.parse(summary.endedAt ?? '') >= Date.parse(summary.startedAt));
});

test('a run without a single URL ends with an empty log', async (t) => {
  const folder = await newFolder(t);
  const summary = await collectAll(new ScriptedEngine({ rows: 0 }), folder);
  assert.equal(summary.state, 'ended');
  assert.equal(summary.books.balanced, true);
  assert.equal(await readFile(folder.outcomesFile, 'utf8'), '');
});

test('before the end, only what the previous checkpoint covers is released', async (t) => {
  const folder = await newFolder(t);
  const saved: number[] = [];
  const released: number[] = [];
  const engine = new ScriptedEngine({
    rows: 60_000,
    batchRows: 400,
    beforeBatch: () => new Promise(setImmediate),
    beforeRelease: async (upTo) => {
      saved.push(await savedRows(folder));
      released.push(upTo);
    },
  });
  await collectAll(engine, folder, { checkpointMs: 3 });
  assert.ok(released.length > 3, `${released.length} releases`);
  for (const [index, upTo] of released.slice(0, -1).entries()) {
    assert.ok(upTo < (saved[index] as number), `${upTo} released with ${saved[index]} saved`);
    if (index > 0) assert.equal(upTo, saved[index - 1]);
  }
  assert.equal(released.at(-1), 60_000);
});

test('the last rows are released too, because otherwise a full engine would wait forever', async (t) => {
  const folder = await newFolder(t);
  const engine = new ScriptedEngine({ rows: 100, settled: 60 });
  const stop = new AbortController();
  const collecting = collectAll(engine, folder, { checkpointMs: 5 }, stop.signal);
  await until(() => engine.released === 60, 'the release of 60 rows');
  stop.abort();
  await collecting;
});

test('many rows are saved before the interval has passed', async (t) => {
  const folder = await newFolder(t);
  const engine = new ScriptedEngine({ rows: 50_000, settled: 40_000, batchRows: 1_000, beforeBatch: () => new Promise(setImmediate) });
  const stop = new AbortController();
  const collecting = collectAll(engine, folder, { checkpointMs: 3_600_000 }, stop.signal);
  await until(async () => (await savedRows(folder)) >= 10_000, 'a checkpoint');
  stop.abort();
  await collecting;
});

test('a stop first collects what was settled, and the run can be continued', async (t) => {
  const folder = await newFolder(t);
  const engine = new ScriptedEngine({ rows: 5_000, settled: 3_000, batchRows: 50, beforeBatch: () => new Promise(setImmediate) });
  const stop = new AbortController();
  let seen = 0;
  const onBatch = (rows: readonly string[]) => {
    seen += rows.length;
    if (seen > 500) stop.abort();
  };
  const stopped = await collectAll(engine, folder, { onBatch }, stop.signal);
  assert.equal(stopped.state, 'stopped');
  assert.equal(stopped.books.rows, 3_000);
  assert.equal(await readFile(folder.outcomesFile, 'utf8'), logText(3_000));
  assert.equal((await readRunFile(folder)).summary.state, 'stopped');
  engine.settle(5_000);
  const ended = await collectAll(engine, folder);
  assert.equal(ended.state, 'ended');
  assert.equal(ended.books.balanced, true);
  assert.equal(ended.startedAt, stopped.startedAt);
  assert.equal(await readFile(folder.outcomesFile, 'utf8'), logText(5_000));
});

test('a finished collector releases its claim; one that never had it does not', async (t) => {
  const ended = new ScriptedEngine({ rows: 10 });
  await collectAll(ended, await newFolder(t));
  assert.equal(ended.left, 1);
  const refused = new ScriptedEngine({
    rows: 10,
    beforeClaim: () => {
      throw new RunClaimedError('held');
    },
  });
  await assert.rejects(collectAll(refused, await newFolder(t), { waitForClaimMs: 0 }), RunClaimedError);
  assert.equal(refused.left, 0);
});

test('a stop before the claim writes nothing', async (t) => {
  const folder = await newFolder(t);
  const summary = await collectAll(new ScriptedEngine({ rows: 10 }), folder, {}, AbortSignal.abort());
  assert.equal(summary.state, 'stopped');
  assert.deepEqual(await readdir(folder.path), ['run.json']);
});

test('rows are passed on in order, as JSON, and the callback is awaited', async (t) => {
  const lines: string[] = [];
  let busy = false;
  const onBatch: CollectOptions['onBatch'] = async (json) => {
    assert.equal(busy, false);
    busy = true;
    await new Promise(setImmediate);
    busy = false;
    lines.push(...json);
  };
  await collectAll(new ScriptedEngine({ rows: 1_000 }), await newFolder(t), { onBatch });
  assert.equal(lines.map((line) => `${line}\n`).join(''), logText(1_000));
});

test('an engine that lost a row, or counted one twice, makes the books not balance', async (t) => {
  for (const change of [{ settled: 101 }, { duplicates: 1 }, { accepted: 99 }, { ok: 1 }]) {
    const engine = new ScriptedEngine({ rows: 100 });
    const honest = await engine.counts();
    engine.counts = async () => ({ ...honest, ...change });
    const { state, books } = await collectAll(engine, await newFolder(t));
    assert.equal(state, 'ended');
    assert.equal(books.balanced, false, JSON.stringify(change));
  }
});

test('a run whose log is in another folder is refused, and leaves no folder behind', async (t) => {
  const dataDir = await tempDir(t);
  const engine = new ScriptedEngine({
    rows: 10,
    beforeClaim: () => {
      throw new RunClaimedError('in another folder', 'elsewhere');
    },
  });
  await assert.rejects(collectAll(engine, await openRunFolder(dataDir, RUN), { waitForClaimMs: 0 }), RunClaimedError);
  assert.deepEqual(await readdir(dataDir), []);
});

test('a collector waits for the claim of one that was killed', async (t) => {
  let refusals = 0;
  const beforeClaim = () => {
    if (refusals++ === 0) throw new RunClaimedError('held');
  };
  const summary = await collectAll(new ScriptedEngine({ rows: 10, beforeClaim }), await newFolder(t));
  assert.equal(summary.state, 'ended');
});

test('a claim is renewed while nothing arrives; once it is lost, nothing more is saved or released', async (t) => {
  const folder = await newFolder(t);
  let lost = false;
  const beforeClaim = () => {
    if (lost) throw new RunClaimedError('another collector has it');
  };
  const engine = new ScriptedEngine({ rows: 100, settled: 60, beforeClaim });
  const collecting = collectAll(engine, folder, { checkpointMs: 3_600_000 });
  await until(() => engine.claims >= 2, 'a second claim');
  lost = true;
  await assert.rejects(collecting, RunClaimedError);
  assert.equal(await savedRows(folder), 0);
  assert.equal(engine.released, 0);
  assert.equal((await readRunFile(folder)).summary.state, 'running', 'the state is left to the collector that has the run');
});

test('a refused release ends the collecting', async (t) => {
  const beforeRelease = () => {
    throw new RunClaimedError('another collector has it');
  };
  const engine = new ScriptedEngine({ rows: 100, settled: 60, beforeRelease });
  await assert.rejects(collectAll(engine, await newFolder(t), { checkpointMs: 5 }), RunClaimedError);
});

test('the collector waits for an engine that is away for a while', async (t) => {
  const folder = await newFolder(t);
  let failures = 0;
  const beforeRelease = () => {
    if (failures++ < 3) throw new Error('connection lost');
  };
  const engine = new ScriptedEngine({ rows: 100, settled: 60, beforeRelease });
  const collecting = collectAll(engine, folder, { checkpointMs: 5 });
  await until(() => engine.released === 60, 'a release that succeeds');
  engine.settle(100);
  assert.equal((await collecting).state, 'ended');
});

test('when the engine fails, the rows so far are saved', async (t) => {
  const folder = await newFolder(t);
  const beforeBatch = (position: number) => {
    if (position > 500) throw new Error('connection lost');
  };
  await assert.rejects(collectAll(new ScriptedEngine({ rows: 1_000, beforeBatch }), folder), /connection lost/);
  assert.ok((await savedRows(folder)) > 500);
});

test('a folder with more rows than the engine knows is left alone', async (t) => {
  const folder = await newFolder(t);
  await collectAll(new ScriptedEngine({ rows: 100 }), folder);
  await assert.rejects(collectAll(new ScriptedEngine({ rows: 50 }), folder), ConflictError);
  assert.equal(await readFile(folder.outcomesFile, 'utf8'), logText(100));
});

test('the lines of the engine are written unchanged', async (t) => {
  const folder = await newFolder(t);
  const engine = new ScriptedEngine({ rows: 2 });
  engine.outcomes = async function* () {
    yield { cursor: '2', lines: ['{"verdict":"ok", "depth":0}', '{"verdict":"dns","depth":0,"a":"ü"}'], total: 2 };
  };
  await collectAll(engine, folder);
  assert.equal(await readFile(folder.outcomesFile, 'utf8'), '{"verdict":"ok", "depth":0}\n{"verdict":"dns","depth":0,"a":"ü"}\n');
});
