/**
 * The program of a mapper's process: it loads the module that its first argument names, and maps one page after
 * another. Whatever the module does here, by mistake or on purpose, ends this process at worst. The other side is
 * `mapper.ts`, which also enforces timeouts.
 */
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { loadProblem, thrownText } from '../../util/thrown-text.ts';
import { MapValueError, valuesJson } from './map-values.ts';
import { LOADING, type MapAnswer, type MapCall, type MapReply } from './mapper-messages.ts';
import { OpenedPage } from './opened-page.ts';
import type { MapFunction } from './page.ts';

const [, , modulePath = '', workerPid] = process.argv;

/**
 * Kills this process when its parent, the worker, is gone. It runs in a thread, so that it works even while the module
 * is in an endless loop.
 */
const WATCHDOG = `
  setInterval(() => { if (process.ppid !== ${Number(workerPid)}) process.kill(process.pid, 'SIGKILL'); }, 500);
`;

function answer(number: number, reply: MapReply): void {
  process.send?.({ number, reply } satisfies MapAnswer);
}

async function loadMap(): Promise<MapFunction | undefined> {
  try {
    const module: { map?: unknown; default?: { map?: unknown } } = await import(pathToFileURL(modulePath).href);
    // Named exports of CommonJS modules are not always detected.
    const map = module.map ?? module.default?.map;
    if (typeof map === 'function') return map as MapFunction;
    answer(LOADING, { kind: 'unloadable', message: 'it exports no function map: write export function map(page) { … } in it' });
  } catch (error) {
    answer(LOADING, { kind: 'unloadable', message: loadProblem(error, modulePath) });
  }
  return undefined;
}

async function mapped(map: MapFunction, { task }: MapCall): Promise<MapReply> {
  try {
    const json = valuesJson(await map(new OpenedPage(task)));
    return json === undefined ? { kind: 'mapped' } : { kind: 'mapped', json };
  } catch (error) {
    if (error instanceof MapValueError) return { kind: 'failed', code: 'MAP_VALUE', message: error.message };
    return { kind: 'failed', code: 'MAP_THREW', message: `the map threw: ${thrownText(error, modulePath)}` };
  }
}

// Signals are for the worker to handle: it lets pages in progress finish.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.on('disconnect', () => process.exit());
process.on('uncaughtException', (error) => {
  process.send?.({ dying: thrownText(error, modulePath) } satisfies MapAnswer, () => process.exit(1));
});
new Worker(WATCHDOG, { eval: true, execArgv: [], stdin: false }).unref();
// If the process ends before this message, the machine is the cause (memory, threads, file descriptors); if later, the
// module.
process.send?.({ started: true } satisfies MapAnswer);

const map = await loadMap();
if (map !== undefined) {
  process.on('message', async (call: MapCall) => answer(call.number, await mapped(map, call)));
  answer(LOADING, { kind: 'loaded' });
}
