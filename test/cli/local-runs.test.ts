import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runsJson, runsTable } from '../../src/cli/commands/runs.ts';
import { listLocalRuns, localRunNamed } from '../../src/cli/local-runs.ts';
import { openRunFolder, writeRunFile } from '../../src/collector/run-folder.ts';
import { UsageError } from '../../src/model/errors.ts';
import { scratchFolder } from './run-cli.ts';

const BOOKS = {
  submitted: 2_000,
  duplicates: 0,
  accepted: 2_000,
  discovered: 0,
  rows: 2_000,
  ok: 1_997,
  failed: 3,
  skipped: 0,
  balanced: true,
};

/** A data folder with two runs. The one whose id sorts first started last. */
async function twoRuns(t: TestContext): Promise<string> {
  const dataDir = await scratchFolder(t);
  for (const [run, startedAt, sources] of [
    ['a', '2026-11-30T10:00:00.000Z', ['urls.txt', 'more\u001b.txt']],
    ['b', '2026-11-29T10:00:00.000Z', ['https://example.com/']],
  ] as const) {
    const folder = await openRunFolder(dataDir, run);
    await writeRunFile(folder, { summary: { run, state: 'ended', startedAt, endedAt: startedAt, books: BOOKS, sources: [...sources] } });
    await writeFile(folder.outcomesFile, 'x'.repeat(1_000_000));
  }
  return dataDir;
}

test('runs are listed newest first, with their counts and the size of their files', async (t) => {
  const dataDir = await twoRuns(t);
  const { runs, problems } = await listLocalRuns(dataDir);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    runs.map(({ folder }) => folder.run),
    ['a', 'b'],
  );
  assert.equal(
    runsTable(runs, 'runs'),
    [
      'Started              Run  State   URLs  Failed  Size  Source',
      '2026-11-30 10:00:00  a    ended  2,000       3  1 MB  urls.txt and 1 more',
      '2026-11-29 10:00:00  b    ended  2,000       3  1 MB  https://example.com/',
      '',
      '2 runs, 2 MB in runs',
      '',
    ].join('\n'),
  );
  const [first] = JSON.parse(runsJson(runs)).runs;
  assert.deepEqual(first.sources, ['urls.txt', 'more\u001b.txt']);
  assert.equal(first.books.failed, 3);
  assert.ok(first.bytes > 1_000_000);
});

test('a damaged folder is reported and does not hide the others', async (t) => {
  const dataDir = await twoRuns(t);
  await mkdir(join(dataDir, 'broken'));
  await writeFile(join(dataDir, 'broken/run.json'), '{');
  await mkdir(join(dataDir, 'no-run'));
  await writeFile(join(dataDir, 'notes.txt'), '');
  const { runs, problems } = await listLocalRuns(dataDir);
  assert.equal(runs.length, 2);
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? '', /broken\/run\.json/);
});

test('latest is the run that started last, and other names are unchanged', async (t) => {
  const dataDir = await twoRuns(t);
  assert.equal(await localRunNamed(dataDir, 'latest'), 'a');
  assert.equal(await localRunNamed(dataDir, 'b'), 'b');
});

test('without runs there is no latest, and the table says that there are none', async (t) => {
  const dataDir = join(await scratchFolder(t), 'missing');
  await assert.rejects(localRunNamed(dataDir, 'latest'), UsageError);
  assert.equal(runsTable((await listLocalRuns(dataDir)).runs, 'missing'), 'No runs in missing.\n');
});
