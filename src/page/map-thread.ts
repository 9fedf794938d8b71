/**
 * What runs in a thread of the map pool: it loads the module, and maps one page after another. Whatever the module does here, by fault or design, ends
 * this thread at worst: `mapper.ts` is the other side, and the one that watches the clock.
 */
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { MapValueError, valuesJson } from './map-values.ts';
import { OpenedPage } from './opened-page.ts';
import type { MapFunction } from './page.ts';
import { LOADING, type ThreadAnswer, type ThreadCall, type ThreadReply, type ThreadStart } from './thread-messages.ts';
import { thrownText } from './thrown-text.ts';

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
    answer(LOADING, { kind: 'unloadable', message: loadProblem(error) });
  }
  return undefined;
}

function loadProblem(error: unknown): string {
  const { code } = error as { code?: unknown };
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION')
    return `this Node (${process.version}) does not run such files: write it as .mjs, or use Node 22.18 or newer for .ts`;
  // Where it is, Node tells nobody but itself.
  if (error instanceof SyntaxError) return `${thrownText(error, modulePath)}: node --check ${modulePath} shows where`;
  return thrownText(error, modulePath);
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
