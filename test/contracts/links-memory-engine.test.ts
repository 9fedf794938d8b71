import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { linksContract } from './links.contract.ts';

linksContract('memory', async () => createMemoryEngine());
