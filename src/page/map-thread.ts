/**
 * What runs in a thread of the map pool: it loads the module, and maps one page after another. Whatever the module does here, by fault or design, ends
 * this thread at worst: `mapper.ts` is the other side, and the one that watches the clock.
 */
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { loadProblem } from '../core/load-problem.ts';
import { thrownText } from '../core/thrown-text.ts';
import { MapValueError, valuesJson } from './map-values.ts';
import { OpenedPage } from './opened-page.ts';
import type { MapFunction } from './page.ts';
import { LOADING, type ThreadAnswer, type ThreadCall, type ThreadReply, type ThreadStart } from './thread-messages.ts';

const { modulePath } = workerData as ThreadStart;
const port = parentPort as MessagePort;

/** What a module prints with `console.log` would stand within the report: that alone goes to stdout. */
process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;

function answer(number: number, reply: ThreadReply): void {
  port.postMessage({ number, reply } satisfies ThreadAnswer);
}

async function loadMap(): Promise<MapFunction | undefined> {
  try {
    const module: { map?: unknown; default?: { map?: unknown } } = await import(pathToFileURL(modulePath).href);
    // What CommonJS exports is not always found by name.
    const map = module.map ?? module.default?.map;
    if (typeof map === 'function') return map as MapFunction;
    answer(LOADING, { kind: 'unloadable', message: 'it exports no function map: write export function map(page) { … } in it' });
  } catch (error) {
    answer(LOADING, { kind: 'unloadable', message: loadProblem(error, modulePath) });
  }
  return undefined;
}

async function mapped(map: MapFunction, { task }: ThreadCall): Promise<ThreadReply> {
  try {
    const json = valuesJson(await map(new OpenedPage(task)));
    return json === undefined ? { kind: 'mapped' } : { kind: 'mapped', json };
  } catch (error) {
    if (error instanceof MapValueError) return { kind: 'failed', code: 'MAP_VALUE', message: error.message };
    return { kind: 'failed', code: 'MAP_THREW', message: `the map threw: ${thrownText(error, modulePath)}` };
  }
}

const map = await loadMap();
if (map !== undefined) {
  port.on('message', async (call: ThreadCall) => answer(call.number, await mapped(map, call)));
  answer(LOADING, { kind: 'loaded' });
}
