import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { modelContract } from './model.contract.ts';
import { redisForModel } from './model-redis-engine.ts';

// An in-memory engine keeps nothing after its process ends, so a crash needs no cut.
modelContract('memory', async () => ({ hasState: false, open: async () => createMemoryEngine(), crash: async () => {} }), 12);

// More seeds are in model.slow.test.ts.
modelContract('redis', redisForModel, 3);
