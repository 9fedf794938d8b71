import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { prunedJson, prunedText } from '../../../src/cli/commands/prune.ts';
import { lockFolder } from '../../../src/cli/folder-lock.ts';
import { listLocalRuns, localRunNamed } from '../../../src/cli/local-runs.ts';
import { type PrunedEngine, pruneRuns } from '../../../src/cli/prune/prune-runs.ts';
import { collect } from '../../../src/collector/collect.ts';
import { openRunFolder, type RunFile, writeRunFile } from '../../../src/collector/run-folder.ts';
import { openRedisEngine } from '../../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../../src/model/log.ts';
import type { RunSummary } from '../../../src/model/run-summary.ts';
import { defaultRunOptions } from '../../../src/options/load-config.ts';
import { readOutcomes } from '../../../src/report/read-outcomes.ts';
import { logText } from '../../collector/scripted-engine.ts';
import { testRedis } from '../../helpers/redis-server.ts';
import { scratchFolder } from '../run-cli.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-12-01T00:00:00.000Z');
const BOOKS = { submitted: 1, duplicates: 0, accepted: 1, discovered: 0, rows: 1, ok: 1, failed: 0, skipped: 0, balanced: true };
const MEMORY = { engine: 'memory', sources: [] } as const;

interface Sample {
  ageDays: number;
  state?: RunSummary['state'];
  rows?: number;
  file?: Partial<RunFile>;
}

/** Adds a run with a log to the data folder. */
async function addRun(dataDir: string, run: string, { ageDays, state = 'ended', rows = 10, file = {} }: Sample) {
  const folder = await openRunFolder(dataDir, run);
  const at = new Date(NOW_MS - ageDays * DAY_MS).toISOString();
  const summary = { run, state, startedAt: at, ...(state !== 'running' && { endedAt: at }), books: BOOKS };
  await writeRunFile(folder, { summary, begun: MEMORY, ...file });
  await writeFile(folder.outcomesFile, logText(rows));
  await writeFile(folder.checkpointFile, '{}');
  return folder;
}

async function start(t: TestContext) {
  const dataDir = await scratchFolder(t);
  const prune = (rules: Parameters<typeof pruneRuns>[1], more: Partial<Parameters<typeof pruneRuns>[0]> = {}) =>
    pruneRuns({ dataDir, nowMs: NOW_MS, pid: process.pid, ...more }, rules);
  return { dataDir, prune };
}

test('runs that are too old are removed with their folder, and runs and latest no longer find them', async (t) => {
  const { dataDir, prune } = await start(t);
  await addRun(dataDir, 'old', { ageDays: 31 });
  await addRun(dataDir, 'kept', { ageDays: 29 });
  const pruned = await prune({ keepMs: 30 * DAY_MS });
  assert.deepEqual(
    pruned.removed.map(({ run, reason }) => [run, reason]),
    [['old', 'age']],
  );
  assert.deepEqual([pruned.kept, pruned.left], [{ runs: 1, unfinished: 0 }, []]);
  assert.deepEqual(await readdir(dataDir), ['kept']);
  assert.deepEqual(
    (await listLocalRuns(dataDir)).runs.map(({ folder }) => folder.run),
    ['kept'],
  );
  await prune({ keepMs: 0 });
  await assert.rejects(localRunNamed(dataDir, 'latest'), /there is no latest run/);
});

test('the oldest runs are removed until the rest is small enough', async (t) => {
  const { dataDir, prune } = await start(t);
  for (const [run, ageDays] of [
    ['a', 3],
    ['b', 2],
    ['c', 1],
  ] as const)
    await addRun(dataDir, run, { ageDays, rows: 1_000 });
  const { bytes } = await prune({ keepBytes: 10 ** 9 });
  assert.deepEqual((await readdir(dataDir)).sort(), ['a', 'b', 'c']);
  const pruned = await prune({ keepBytes: Math.ceil((bytes * 2) / 3) });
  assert.deepEqual(
    pruned.removed.map(({ run, reason }) => [run, reason]),
    [['a', 'size']],
  );
  assert.deepEqual((await readdir(dataDir)).sort(), ['b', 'c']);
  assert.equal(pruned.bytes, (await prune({ keepBytes: 10 ** 9 })).bytes);
});

test('a dry run reports the same and changes nothing', async (t) => {
  const { dataDir, prune } = await start(t);
  await addRun(dataDir, 'old', { ageDays: 31, rows: 1_000 });
  await addRun(dataDir, 'mid', { ageDays: 10, rows: 1_000 });
  const rules = { keepMs: 30 * DAY_MS, compressAfterMs: 7 * DAY_MS };
  const dry = await prune(rules, { dryRun: true });
  assert.deepEqual((await readdir(join(dataDir, 'mid'))).sort(), ['checkpoint.json', 'outcomes.ndjson', 'run.json']);
  const wet = await prune(rules);
  assert.deepEqual(dry.removed, wet.removed);
  assert.deepEqual(
    dry.compressed.map(({ run, beforeBytes }) => [run, beforeBytes]),
    wet.compressed.map(({ run, beforeBytes }) => [run, beforeBytes]),
  );
  assert.deepEqual(await readdir(dataDir), ['mid']);
  assert.match(
    prunedText(dry, 'runs', true),
    /^Would remove 1 run, 1\d\d KB:\n {2}old {2}ended 2026-10-31 00:00 .*\nWould compress 1 log: .*\nWould keep 1 run, /,
  );
  assert.match(prunedText(wet, 'runs', false), /^Removed 1 run, .*\n.*\nCompressed 1 log: .* became .*\nKept 1 run, .* in runs\.\n$/);
  const { removed, kept } = JSON.parse(prunedJson(wet, false));
  assert.deepEqual(removed[0].endedAt, '2026-10-31T00:00:00.000Z');
  assert.equal(kept.bytes, wet.bytes);
});

test('logs are compressed before runs are removed by size, and can still be read', async (t) => {
  const { dataDir, prune } = await start(t);
  const folder = await addRun(dataDir, 'old', { ageDays: 8, rows: 5_000 });
  const pruned = await prune({ compressAfterMs: 7 * DAY_MS, keepBytes: 200_000 });
  assert.deepEqual(pruned.removed, []);
  assert.deepEqual((await readdir(folder.path)).sort(), ['checkpoint.json', 'outcomes.ndjson.gz', 'run.json']);
  let rows = 0;
  for await (const _ of readOutcomes(folder.outcomesFile)) rows++;
  assert.equal(rows, 5_000);
  const [{ bytes } = { bytes: 0 }] = (await listLocalRuns(dataDir)).runs;
  assert.equal(pruned.bytes, bytes);
});

test('running runs stay, and interrupted ones are removed only on request, by the time of their last row', async (t) => {
  const { dataDir, prune } = await start(t);
  await addRun(dataDir, 'stopped', { ageDays: 90, state: 'stopped' });
  const killed = await addRun(dataDir, 'killed', { ageDays: 90, state: 'running' });
  const running = await addRun(dataDir, 'locked', { ageDays: 90, state: 'running' });
  await addRun(dataDir, 'on-redis', { ageDays: 90, state: 'stopped', file: { begun: { engine: 'redis', sources: [] } } });
  const unlock = await lockFolder(running, process.pid);
  const pruned = await prune({ keepMs: 0, keepBytes: 0 });
  assert.deepEqual([pruned.removed, pruned.kept], [[], { runs: 4, unfinished: 4 }]);
  assert.match(prunedText(pruned, 'runs', false), /4 of them have not ended, or were not collected to their end: --continue RUN/);
  const later = await prune({ keepMs: 0 }, { interrupted: true, nowMs: Date.now() + DAY_MS });
  assert.deepEqual(later.removed.map(({ run }) => run).sort(), ['killed', 'stopped']);
  assert.ok((later.removed.find(({ run }) => run === killed.run)?.endedMs ?? 0) > Date.now() - DAY_MS);
  assert.deepEqual(
    later.left.map(({ path, why }) => [path, why]),
    [[running.path, `run locked is being crawled by process ${process.pid}`]],
  );
  await unlock();
});

test('a stopped watch counts as over', async (t) => {
  const { dataDir, prune } = await start(t);
  await addRun(dataDir, 'watch', { ageDays: 40, state: 'stopped', file: { options: { ...defaultRunOptions(), independent: true } } });
  assert.equal((await prune({ keepMs: 30 * DAY_MS })).removed.length, 1);
});

test('anything that is not a run written by trawl is left alone and reported', async (t) => {
  const { dataDir, prune } = await start(t);
  const elsewhere = await scratchFolder(t);
  const target = await addRun(elsewhere, 'target', { ageDays: 90 });
  await symlink(target.path, join(dataDir, 'link'));
  await writeFile(join(dataDir, 'notes.txt'), 'mine');
  await writeFile(join(dataDir, '.gitignore'), '*');
  await mkdir(join(dataDir, 'photos'));
  await mkdir(join(dataDir, '12345'));
  await addRun(dataDir, 'copied', { ageDays: 90 });
  await rename(join(dataDir, 'copied'), join(dataDir, 'copy'));
  const damaged = await addRun(dataDir, 'damaged', { ageDays: 90 });
  await writeFile(damaged.runFile, '{');
  const withReport = await addRun(dataDir, 'with-report', { ageDays: 90 });
  await writeFile(join(withReport.path, 'report.html'), 'mine');
  const withLink = await addRun(dataDir, 'with-link', { ageDays: 90 });
  await symlink(join(dataDir, 'notes.txt'), join(withLink.path, 'run.json.tmp'));
  const before = (await readdir(dataDir)).sort();
  const { removed, left } = await prune({ keepMs: 0, keepBytes: 0, compressAfterMs: 0 });
  assert.deepEqual(removed, []);
  assert.deepEqual((await readdir(dataDir)).sort(), before);
  const why = Object.fromEntries(left.map(({ path, why }) => [path.slice(dataDir.length + 1), why]));
  assert.deepEqual(Object.keys(why).sort(), ['12345', 'copy', 'damaged', 'link', 'notes.txt', 'photos', 'with-link', 'with-report']);
  assert.equal(why.link, 'it is a symbolic link');
  assert.equal(why.copy, 'it is a copy of run copied');
  assert.equal(why['with-report'], 'report.html in it was not written by trawl');
  assert.equal(why['with-link'], 'run.json.tmp in it was not written by trawl');
  assert.match(why.photos ?? '', /no run\.json/);
  assert.match(why.damaged ?? '', /cannot read .*run\.json/);
  await access(target.outcomesFile);
});

test('a folder that cannot be read is left alone and reported, and does not hide others', async (t) => {
  const { dataDir, prune } = await start(t);
  await mkdir(join(dataDir, 'closed', 'run.json'), { recursive: true });
  await addRun(dataDir, 'old', { ageDays: 90 });
  const { removed, left } = await prune({ keepMs: 0 });
  assert.deepEqual([removed.length, left.length], [1, 1]);
  assert.match(left[0]?.why ?? '', /cannot read .*closed/);
});

test('the next prune finishes a removal that a crash interrupted', async (t) => {
  const { dataDir, prune } = await start(t);
  const folder = await addRun(dataDir, 'old', { ageDays: 90 });
  await rename(folder.path, join(dataDir, '.removed-old'));
  assert.deepEqual((await listLocalRuns(dataDir)).runs, []);
  assert.deepEqual((await prune({ keepMs: 30 * DAY_MS })).left, []);
  assert.deepEqual(await readdir(dataDir), []);
});

/** A run with one line on a real Redis. It was cancelled, so it has ended. */
async function redisRun(t: TestContext) {
  const engine = await openRedisEngine({ url: await testRedis(), prefix: `prune-${randomUUID()}`, patience: 'none' }, silentLog);
  t.after(() => engine.close());
  const { dataDir, prune } = await start(t);
  const run = await engine.openRun(defaultRunOptions(), 'mine');
  return {
    engine,
    dataDir,
    prune: (more: Partial<Parameters<typeof pruneRuns>[0]> = {}) => prune({ keepMs: 0 }, { engine, nowMs: Date.now() + DAY_MS, ...more }),
    run,
  };
}

test('a collected run that Redis knows is removed from both the disk and Redis', async (t) => {
  const { engine, dataDir, prune, run } = await redisRun(t);
  const folder = await openRunFolder(dataDir, run);
  await engine.seal(run, 0);
  await collect(engine, run, folder, {}, silentLog, new AbortController().signal);
  assert.deepEqual(
    (await prune()).removed.map(({ run }) => run),
    [run],
  );
  assert.deepEqual(await engine.runs(), []);
  assert.deepEqual(await readdir(dataDir), []);
});

test('a run that is still going on in Redis stays whatever its folder says, and so does one that another collector has', async (t) => {
  const { engine, dataDir, prune, run } = await redisRun(t);
  const folder = await addRun(dataDir, run, { ageDays: 90 });
  assert.deepEqual((await prune()).removed, []);
  await engine.seal(run, 0);
  await engine.claim(run, { id: 'another', folder: folder.identity });
  const { removed, left } = await prune();
  assert.deepEqual([removed, left.map(({ why }) => why)], [[], [`run ${run} is being collected by another`]]);
  await engine.leave(run, { id: 'another', folder: folder.identity });
  assert.equal((await prune()).removed.length, 1);
});

test('a run with uncollected outcomes stays', async (t) => {
  const { engine, dataDir, prune, run } = await redisRun(t);
  await addRun(dataDir, run, { ageDays: 90 });
  const uncollected: PrunedEngine = {
    runs: () => engine.runs(),
    counts: async () => ({ ...(await engine.counts(run)), ended: true, unreleased: 1 }),
    claim: engine.claim.bind(engine),
    remove: engine.remove.bind(engine),
  };
  assert.deepEqual((await prune({ engine: uncollected })).removed, []);
  assert.match(await readFile(join(dataDir, run, 'run.json'), 'utf8'), /ended/);
});
