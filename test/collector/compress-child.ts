/**
 * A process that compresses the log of a run: `compress-child.ts DATA_DIR [rename|unlink before|after]`. With a step,
 * it kills itself immediately before or after that step. Prints `compressed` when it is done.
 */
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { RUN } from './scripted-engine.ts';

const [dataDir = '', step, when] = process.argv.slice(2);

if (step === 'rename' || step === 'unlink') {
  const original = fs[step] as (...paths: string[]) => Promise<void>;
  Object.assign(fs, {
    [step]: async (...paths: string[]) => {
      if (when === 'before') process.kill(process.pid, 'SIGKILL');
      await original(...paths);
      process.kill(process.pid, 'SIGKILL');
    },
  });
  syncBuiltinESMExports();
}

const { compressLog } = await import('../../src/collector/compress-log.ts');
const { findRunFolder } = await import('../../src/collector/run-folder.ts');
const folder = await findRunFolder(dataDir, RUN);
if (folder === undefined) throw new Error(`no run ${RUN} in ${dataDir}`);
process.stdout.write('begins\n');
await compressLog(folder);
process.stdout.write('compressed\n');
