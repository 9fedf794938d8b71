import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { linksContract } from './links.contract.ts';

linksContract('memory', async () => createMemoryEngine());

const overflowFile = (run: string) => join(tmpdir(), `trawl-contract-${run}`);
const frontier = { chunkChars: 1, mostInMemory: 0, mostBacklogs: 2 };
linksContract('memory, with room for two origins and the rest in a file:', async () => createMemoryEngine({ overflowFile, frontier }));
