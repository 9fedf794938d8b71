import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openRunFolder, type RunFolder } from '../../src/collector/run-folder.ts';
import { readLogBytes } from '../../src/util/log-file.ts';
import { TYPESCRIPT_FLAGS } from '../helpers/typescript-flags.ts';
import { logText, RUN } from './scripted-engine.ts';
import { tempDir, until } from './temp-dir.ts';

const CHILD = fileURLToPath(new URL('./compress-child.ts', import.meta.url));

async function newRun(t: TestContext, rows: number) {
  const dataDir = await tempDir(t);
  const folder = await openRunFolder(dataDir, RUN);
  const text = logText(rows);
  await writeFile(folder.outcomesFile, text);
  return { dataDir, folder, digest: createHash('sha256').update(text).digest('hex') };
}

function startChild(t: TestContext, ...args: string[]) {
  const child = spawn(process.execPath, [...TYPESCRIPT_FLAGS, CHILD, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  child.stdout.resume();
  return { child, ended: once(child, 'close') };
}

async function digestOf({ outcomesFile }: RunFolder): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of readLogBytes(outcomesFile)) hash.update(chunk);
  return hash.digest('hex');
}

for (const step of ['rename before', 'rename after', 'unlink before', 'unlink after']) {
  test(`a process that is killed at the step "${step}" leaves the log complete, and the next one finishes`, async (t) => {
    const { dataDir, folder, digest } = await newRun(t, 2_000);
    const { ended } = startChild(t, dataDir, ...step.split(' '));
    assert.deepEqual(await ended, [null, 'SIGKILL']);
    assert.equal(await digestOf(folder), digest);
    const { ended: secondEnded } = startChild(t, dataDir);
    assert.deepEqual(await secondEnded, [0, null]);
    assert.equal(await digestOf(folder), digest);
    assert.deepEqual((await readdir(folder.path)).sort(), ['outcomes.ndjson.gz', 'run.json']);
  });
}

test('a process that is killed while it writes leaves the log complete', async (t) => {
  const { dataDir, folder, digest } = await newRun(t, 100_000);
  const draft = join(folder.path, 'outcomes.ndjson.tmp.gz');
  for (const leastBytes of [0, 50_000, 200_000]) {
    const { child, ended } = startChild(t, dataDir);
    await until(
      () =>
        stat(draft).then(
          ({ size }) => size >= leastBytes,
          () => child.exitCode !== null,
        ),
      'the copy to grow',
    );
    child.kill('SIGKILL');
    await ended;
    assert.equal(await digestOf(folder), digest);
  }
  assert.deepEqual(await startChild(t, dataDir).ended, [0, null]);
  assert.equal(await digestOf(folder), digest);
  assert.deepEqual((await readdir(folder.path)).sort(), ['outcomes.ndjson.gz', 'run.json']);
});
