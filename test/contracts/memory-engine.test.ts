import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { engineContract } from './engine.contract.ts';

engineContract('memory', async () => createMemoryEngine());
