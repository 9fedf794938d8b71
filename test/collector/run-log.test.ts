import assert from 'node:assert/strict';
import { appendFile, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { EMPTY_CHECKPOINT, readCheckpoint } from '../../src/collector/checkpoint.ts';
import { openRunFolder, type RunFolder } from '../../src/collector/run-folder.ts';
import { RunLog } from '../../src/collector/run-log.ts';
import { UsageError } from '../../src/model/errors.ts';
import { logText, outcomeAt, RUN } from './scripted-engine.ts';
import { tempDir } from './temp-dir.ts';

async function append(log: RunLog, from: number, to: number): Promise<void> {
  const lines = Array.from({ length: to - from }, (_, index) => JSON.stringify(outcomeAt(from + index)));
  await log.append(String(to), lines);
}

/** A folder whose log was saved at 10 rows, and then grew to 15 without being saved. */
async function interrupted(dataDir: string): Promise<RunFolder> {
  const folder = await openRunFolder(dataDir, RUN);
  const log = await RunLog.open(folder);
  await append(log, 0, 10);
  await log.flush();
  await log.checkpoint();
  await append(log, 10, 15);
  await log.close();
  return folder;
}

test('a log continues at its checkpoint: cursor, bytes and counts', async (t) => {
  const folder = await interrupted(await tempDir(t));
  assert.equal(await readFile(folder.outcomesFile, 'utf8'), logText(15));
  const log = await RunLog.open(folder);
  assert.equal(log.cursor, '10');
  const { rows, seedRows, ok, failed, skipped } = log.tally;
  assert.deepEqual({ rows, seedRows, ok, failed, skipped }, { rows: 10, seedRows: 10, ok: 6, failed: 3, skipped: 1 });
  assert.equal(await readFile(folder.outcomesFile, 'utf8'), logText(10), 'it is cut at the start');
  await append(log, 10, 20);
  await log.close();
  assert.equal(await readFile(folder.outcomesFile, 'utf8'), logText(20));
});

test('a torn line and a torn draft of a checkpoint are dropped', async (t) => {
  const folder = await interrupted(await tempDir(t));
  await appendFile(folder.outcomesFile, '{"schema":1,"run":"20');
  await writeFile(`${folder.checkpointFile}.tmp`, '{"schema":1,"cur');
  const log = await RunLog.open(folder);
  await append(log, 10, 12);
  await log.flush();
  await log.checkpoint();
  await log.close();
  assert.equal(await readFile(folder.outcomesFile, 'utf8'), logText(12));
  assert.equal((await readCheckpoint(folder.checkpointFile))?.rows, 12);
  assert.deepEqual((await readdir(folder.path)).sort(), ['checkpoint.json', 'outcomes.ndjson', 'run.json']);
});

test('a log that lost saved rows is refused, with their number', async (t) => {
  const folder = await interrupted(await tempDir(t));
  await truncate(folder.outcomesFile, 100);
  await assert.rejects(
    RunLog.open(folder),
    (error: Error) => error instanceof UsageError && /was cut to 100 bytes.*10 rows/.test(error.message),
  );
  await rm(folder.outcomesFile);
  await assert.rejects(RunLog.open(folder), (error: Error) => error instanceof UsageError && /is missing.*10 rows/.test(error.message));
});

test('a damaged checkpoint, and a log without one, are refused, and nothing is cut', async (t) => {
  const folder = await interrupted(await tempDir(t));
  for (const damage of ['', '{}', 'null', '{"schema":1,"cursor":"10","bytes":-1}', '{"schema":2,"cursor":"10"}']) {
    await writeFile(folder.checkpointFile, damage);
    await assert.rejects(RunLog.open(folder), /checkpoint.json is damaged/, damage);
  }
  await rm(folder.checkpointFile);
  await assert.rejects(RunLog.open(folder), /has no checkpoint/);
  assert.equal(await readFile(folder.outcomesFile, 'utf8'), logText(15));
});

test('a new log that was never saved starts over', async (t) => {
  const folder = await openRunFolder(await tempDir(t), RUN);
  const first = await RunLog.open(folder);
  assert.deepEqual(await readCheckpoint(folder.checkpointFile), EMPTY_CHECKPOINT);
  await append(first, 0, 5);
  await first.close();
  const second = await RunLog.open(folder);
  assert.equal(second.cursor, '');
  assert.equal(await readFile(folder.outcomesFile, 'utf8'), '');
  await second.close();
});

test('a checkpoint returns the cursor of the previous one; if nothing was appended since, its own', async (t) => {
  const log = await RunLog.open(await openRunFolder(await tempDir(t), RUN));
  t.after(() => log.close());
  assert.equal(await log.checkpoint(), '');
  await append(log, 0, 3);
  await log.flush();
  assert.equal(await log.checkpoint(), '');
  await append(log, 3, 8);
  await log.flush();
  assert.equal(await log.checkpoint(), '3');
  assert.equal(await log.checkpoint(), '8');
});

test('checkpoints written during appends are always at the end of a row', async (t) => {
  const folder = await openRunFolder(await tempDir(t), RUN);
  const log = await RunLog.open(folder);
  let rows = 0;
  for (let round = 0; round < 20; round++) {
    const saving = log.checkpoint();
    for (let batch = 0; batch < 50; batch++, rows += 3) await append(log, rows, rows + 3);
    await saving;
    const saved = await readCheckpoint(folder.checkpointFile);
    const text = (await readFile(folder.outcomesFile)).subarray(0, saved?.bytes).toString();
    assert.equal(text, logText(saved?.rows ?? -1));
    assert.equal(saved?.cursor, saved?.rows === 0 ? '' : String(saved?.rows));
  }
  await log.flush();
  await log.checkpoint();
  await log.close();
  assert.equal((await readCheckpoint(folder.checkpointFile))?.rows, rows);
  assert.equal(await readFile(folder.outcomesFile, 'utf8'), logText(rows));
});

test('a log that another collector may have taken over is neither cut nor given a checkpoint', async (t) => {
  const folder = await interrupted(await tempDir(t));
  const text = await readFile(folder.outcomesFile, 'utf8');
  const checkpoint = await readFile(folder.checkpointFile, 'utf8');
  let mayWrite = false;
  const ask = async () => {
    if (!mayWrite) throw new Error('not sure');
  };
  await assert.rejects(RunLog.open(folder, ask), /not sure/);
  assert.equal(await readFile(folder.outcomesFile, 'utf8'), text);
  mayWrite = true;
  const log = await RunLog.open(folder, ask);
  t.after(() => log.close());
  await append(log, 10, 20);
  await log.flush();
  mayWrite = false;
  await assert.rejects(log.checkpoint(), /not sure/);
  assert.equal(await readFile(folder.checkpointFile, 'utf8'), checkpoint);
  mayWrite = true;
  await log.checkpoint();
  assert.equal((await readCheckpoint(folder.checkpointFile))?.rows, 20);
});
