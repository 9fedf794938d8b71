/**
 * A process that collects a scripted run: `collect-child.ts DATA_DIR ROWS`. The file `released` remembers what was
 * released, like an engine outside the process. Prints `ended` when the run has ended.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { collect } from '../../src/collector/collect.ts';
import { openRunFolder } from '../../src/collector/run-folder.ts';
import { silentLog } from '../../src/model/log.ts';
import { RUN, ScriptedEngine } from './scripted-engine.ts';

const [dataDir = '', rows = ''] = process.argv.slice(2);
const releasedFile = join(dataDir, 'released');

const engine = new ScriptedEngine({
  rows: Number(rows),
  batchRows: 40,
  released: existsSync(releasedFile) ? Number(readFileSync(releasedFile, 'utf8')) : 0,
  beforeBatch: () => new Promise((resolve) => setTimeout(resolve, 1)),
  beforeRelease: (upTo) => {
    writeFileSync(`${releasedFile}.tmp`, String(upTo));
    renameSync(`${releasedFile}.tmp`, releasedFile);
  },
});

try {
  const folder = await openRunFolder(dataDir, RUN);
  const { state, books } = await collect(engine, RUN, folder, { checkpointMs: 10 }, silentLog, new AbortController().signal);
  process.stdout.write(`${state} ${books.balanced ? 'balanced' : 'unbalanced'}`);
} catch (error) {
  process.stdout.write(`${(error as Error).name}: ${(error as Error).message}`);
  process.exitCode = 1;
}
