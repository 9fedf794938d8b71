import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { addToTally, EMPTY_CHECKPOINT, formatCheckpoint } from '../../src/collector/checkpoint.ts';
import { collect } from '../../src/collector/collect.ts';
import { openRunFolder } from '../../src/collector/run-folder.ts';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { formatOutcome } from '../../src/model/lines/outcome-line.ts';
import { silentLog } from '../../src/model/log.ts';
import { OPTIONS, outcomeAt } from './scripted-engine.ts';
import { tempDir } from './temp-dir.ts';

test('with the memory engine every line is a row once, or a duplicate', async (t) => {
  const engine = createMemoryEngine({ maxUnreleased: 2_000 });
  t.after(() => engine.close());
  const run = await engine.openRun(OPTIONS);
  const folder = await openRunFolder(await tempDir(t), run);
  const never = new AbortController();
  const collecting = collect(engine, run, folder, { checkpointMs: 20 }, silentLog, never.signal);
  const stop = new AbortController();
  const working = engine.work(
    async (visit) => {
      for (let entry = await visit.next(); entry !== undefined; entry = await visit.next()) {
        const { url, line, depth } = entry;
        visit.settle(entry, { kind: 'outcome', outcome: { ...outcomeAt(0), run, url, depth, ...(line !== undefined && { line }) } });
      }
    },
    { concurrency: 10, drainMs: 1_000, worker: 'w' },
    stop.signal,
  );
  for (let batch = 0; batch < 20; batch++) {
    const lines = Array.from({ length: 1_000 }, (_, index) =>
      index === 999 ? 'http://twice.example/' : `http://h${index % 7}.example/${batch}/${index}`,
    );
    lines[500] = 'not a url';
    await engine.submit(run, { number: batch, firstLine: batch * 1_000 + 1, lines });
  }
  await engine.seal(run, 20);
  const { state, books } = await collecting;
  stop.abort();
  await working;
  assert.equal(state, 'ended');
  assert.equal(books.balanced, true, JSON.stringify(books));
  assert.equal(books.submitted, 20_000);
  assert.equal(books.duplicates, 19);
  assert.equal(books.failed, 20);
  const rows = (await readFile(folder.outcomesFile, 'utf8')).trimEnd().split('\n');
  assert.equal(rows.length, 19_981);
  assert.equal(new Set(rows.map((row) => JSON.parse(row).line)).size, 19_981);
});

for (const { depth, balances } of [
  { depth: 3, balances: true },
  { depth: 0, balances: false },
]) {
  test(`the books of a resumed run of depth ${depth} ${balances ? 'balance' : 'do not balance'} with a row that was not found again`, async (t) => {
    const engine = createMemoryEngine();
    t.after(() => engine.close());
    const run = await engine.openRun({ ...OPTIONS, depth });
    const folder = await openRunFolder(await tempDir(t), run);
    const row = formatOutcome({ ...outcomeAt(0), run, url: 'http://gone.example/', depth: 1 });
    await writeFile(folder.outcomesFile, `${row}\n`);
    const checkpoint = { ...EMPTY_CHECKPOINT, ...addToTally(EMPTY_CHECKPOINT, [row]), bytes: Buffer.byteLength(row) + 1 };
    await writeFile(folder.checkpointFile, formatCheckpoint(checkpoint));
    await engine.submit(run, { number: 0, firstLine: 1, lines: ['not a url'] });
    await engine.seal(run, 1);
    const { books } = await collect(engine, run, folder, { continues: true }, silentLog, new AbortController().signal);
    assert.deepEqual([books.rows, books.balanced], [2, balances]);
  });
}

test('a resumed run loses no row if reporting its log to the engine takes longer than the checkpoint interval', async (t) => {
  const engine = createMemoryEngine();
  t.after(() => engine.close());
  const run = await engine.openRun(OPTIONS);
  const folder = await openRunFolder(await tempDir(t), run);
  const rows = [0, 1].map((index) => formatOutcome({ ...outcomeAt(index), run }));
  const text = `${rows.join('\n')}\n`;
  await writeFile(folder.outcomesFile, text);
  const checkpoint = { ...EMPTY_CHECKPOINT, ...addToTally(EMPTY_CHECKPOINT, rows), bytes: Buffer.byteLength(text), cursor: '2' };
  await writeFile(folder.checkpointFile, formatCheckpoint(checkpoint));
  const restore = engine.restore.bind(engine);
  engine.restore = async (...args) => {
    // Several times the checkpoint interval.
    await sleep(25);
    await restore(...args);
  };
  await engine.submit(run, { number: 0, firstLine: 1, lines: ['not a url'] });
  await engine.seal(run, 1);
  const { books } = await collect(engine, run, folder, { continues: true, checkpointMs: 1 }, silentLog, new AbortController().signal);
  assert.equal(books.rows, 3);
});
