import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCheckpoint } from '../../src/collector/checkpoint.ts';
import { openRunFolder } from '../../src/collector/run-folder.ts';
import { TYPESCRIPT_FLAGS } from '../helpers/typescript-flags.ts';
import { logText, RUN } from './scripted-engine.ts';
import { tempDir, until } from './temp-dir.ts';

const CHILD = fileURLToPath(new URL('./collect-child.ts', import.meta.url));
const NODE = [process.execPath, ...TYPESCRIPT_FLAGS, CHILD] as const;

interface Child {
  process: ChildProcess;
  ended: Promise<unknown>;
  output: () => string;
}

function start(command: string, args: readonly string[]): Child {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (text: Buffer) => {
    output += text;
  });
  return { process: child, ended: once(child, 'close'), output: () => output };
}

function startCollector(dataDir: string, rows: number): Child {
  const [node, ...args] = NODE;
  return start(node, [...args, dataDir, String(rows)]);
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

test('a repeatedly killed collector writes the same log as an undisturbed one', async (t) => {
  const rows = 12_000;
  const kills = 6;
  const dataDir = await tempDir(t);
  const log = join(dataDir, RUN, 'outcomes.ndjson');
  const expected = logText(rows);
  for (let kill = 0; kill < kills; kill++) {
    const killAtBytes = Math.floor((Buffer.byteLength(expected) * (kill + Math.random())) / (kills + 1));
    const child = startCollector(dataDir, rows);
    t.after(() => child.process.kill('SIGKILL'));
    await until(async () => child.process.exitCode !== null || (await sizeOf(log)) > killAtBytes, 'the log to grow');
    assert.equal(child.process.exitCode, null, `it ended before it was killed: ${child.output()}`);
    child.process.kill('SIGKILL');
    await child.ended;
    const checkpoint = await readCheckpoint(join(dataDir, RUN, 'checkpoint.json'));
    const saved = (await readFile(log)).subarray(0, checkpoint?.bytes).toString();
    assert.equal(saved, logText(checkpoint?.rows ?? -1), 'the log has the rows that the checkpoint counts');
  }
  const last = startCollector(dataDir, rows);
  t.after(() => last.process.kill('SIGKILL'));
  await last.ended;
  assert.equal(last.output(), 'ended balanced');
  assert.ok((await readFile(log, 'utf8')) === expected, 'byte for byte');
  assert.deepEqual((await readdir(join(dataDir, RUN))).sort(), ['checkpoint.json', 'outcomes.ndjson', 'run.json']);
});

test('a log that cannot grow ends collecting with a clear error, and nothing unsaved is released', async (t) => {
  const dataDir = await tempDir(t);
  await openRunFolder(dataDir, RUN);
  // A limit on file sizes, in blocks of 1,024 bytes, simulates a disk that fills up in the middle of a write.
  const limited = start('bash', ['-c', `trap '' XFSZ; ulimit -f 200; exec "$@"`, 'bash', ...NODE, dataDir, '20000']);
  t.after(() => limited.process.kill('SIGKILL'));
  await limited.ended;
  assert.match(
    limited.output(),
    /^CollectorDiskError: cannot write .*outcomes\.ndjson: .*\(EFBIG\), then collect run .* again; it continues where the log ends$/,
  );
  const checkpoint = await readCheckpoint(join(dataDir, RUN, 'checkpoint.json'));
  const released = Number(await readFile(join(dataDir, 'released'), 'utf8').catch(() => '0'));
  assert.ok(released <= (checkpoint?.rows ?? 0), `${released} released, ${checkpoint?.rows} saved`);
  const unlimited = startCollector(dataDir, 20_000);
  t.after(() => unlimited.process.kill('SIGKILL'));
  await unlimited.ended;
  assert.equal(unlimited.output(), 'ended balanced');
  assert.ok((await readFile(join(dataDir, RUN, 'outcomes.ndjson'), 'utf8')) === logText(20_000), 'byte for byte');
});
