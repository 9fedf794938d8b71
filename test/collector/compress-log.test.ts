import assert from 'node:assert/strict';
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { formatCheckpoint } from '../../src/collector/checkpoint.ts';
import { compressLog } from '../../src/collector/compress-log.ts';
import { openRunFolder, type RunFolder } from '../../src/collector/run-folder.ts';
import { RunLog } from '../../src/collector/run-log.ts';
import { readLogLinesInInputOrder } from '../../src/report/input-order.ts';
import { readOutcomes } from '../../src/report/read-outcomes.ts';
import { compressedName } from '../../src/util/log-file.ts';
import { logText, RUN } from './scripted-engine.ts';
import { tempDir } from './temp-dir.ts';

const ROWS = 2_000;

async function newRun(t: TestContext, text = logText(ROWS)): Promise<RunFolder> {
  const folder = await openRunFolder(await tempDir(t), RUN);
  await writeFile(folder.outcomesFile, text);
  const figures = { rows: ROWS, seedRows: ROWS, ok: ROWS, failed: 0, skipped: 0 };
  await writeFile(folder.checkpointFile, formatCheckpoint({ cursor: String(ROWS), bytes: Buffer.byteLength(text), ...figures }));
  return folder;
}

async function rowsOf(file: string): Promise<number> {
  let rows = 0;
  for await (const _ of readOutcomes(file)) rows++;
  return rows;
}

test('a compressed log is smaller, has the same rows in both orders, and is the only file of the log', async (t) => {
  const folder = await newRun(t);
  const sizes = await compressLog(folder);
  assert.equal(sizes?.beforeBytes, Buffer.byteLength(logText(ROWS)));
  assert.ok((sizes?.afterBytes ?? 0) < logText(ROWS).length / 5);
  assert.deepEqual((await readdir(folder.path)).sort(), ['checkpoint.json', 'outcomes.ndjson.gz', 'run.json']);
  assert.equal(await rowsOf(folder.outcomesFile), ROWS);
  const lines: string[] = [];
  for await (const chunk of readLogLinesInInputOrder(folder.outcomesFile, [])) lines.push(...chunk.map(({ text }) => text));
  assert.equal(lines.length, ROWS);
  assert.equal(await compressLog(folder), undefined, 'it is compressed only once');
});

test('a small log, and one that is a symbolic link, are not compressed', async (t) => {
  const small = await newRun(t, logText(1));
  assert.equal(await compressLog(small), undefined);
  const linked = await openRunFolder(await tempDir(t), RUN);
  await symlink((await newRun(t)).outcomesFile, linked.outcomesFile);
  assert.equal(await compressLog(linked), undefined);
  assert.deepEqual((await readdir(linked.path)).sort(), ['outcomes.ndjson', 'run.json']);
});

test('a collector that resumes a compressed log gets the plain one back', async (t) => {
  const folder = await newRun(t);
  await compressLog(folder);
  const log = await RunLog.open(folder);
  assert.equal(log.tally.rows, ROWS);
  await log.append(String(ROWS + 1), [logText(1).trimEnd()]);
  await log.flush();
  await log.checkpoint();
  await log.close();
  assert.equal(await readFile(folder.outcomesFile, 'utf8'), logText(ROWS) + logText(1));
  assert.deepEqual((await readdir(folder.path)).sort(), ['checkpoint.json', 'outcomes.ndjson', 'run.json']);
});

test('a compressed log next to a plain one, left by a process that died, is replaced', async (t) => {
  const folder = await newRun(t);
  await writeFile(compressedName(folder.outcomesFile), 'half a log');
  assert.equal(await rowsOf(folder.outcomesFile), ROWS);
  await compressLog(folder);
  assert.equal(await rowsOf(folder.outcomesFile), ROWS);
  assert.deepEqual((await readdir(folder.path)).sort(), ['checkpoint.json', 'outcomes.ndjson.gz', 'run.json']);
});
