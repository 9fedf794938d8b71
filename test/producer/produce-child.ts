/**
 * A process that produces from the file in its argument into an engine that drops everything, and prints the result.
 */
import { produce } from '../../src/producer/produce.ts';
import { openSources } from '../../src/producer/sources/open-source.ts';

const path = process.argv[2] ?? '';
const forget = { submit: () => new Promise<void>((resolve) => setImmediate(resolve)) };
const sources = await openSources([{ kind: 'file', path }], { stdin: process.stdin });
process.stdout.write(JSON.stringify(await produce(forget, 'run-1', sources, {}, new AbortController().signal)));
