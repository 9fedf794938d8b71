import { join } from 'node:path';
import type { Log } from '../model/log.ts';
import type { Engine } from './engine.ts';
import type { EngineSpec } from './engine-spec.ts';

/** In the run's folder. It is removed from there as soon as it is open: see `ChunkStore`. */
const OVERFLOW_FILE = 'waiting.tmp';

/**
 * Opens an engine. Loads only the code of that engine: the memory engine needs neither BullMQ nor ioredis.
 * Rejects with RedisUnavailableError if Redis cannot be reached or is not fit for use.
 */
export async function openEngine(spec: EngineSpec, log: Log): Promise<Engine> {
  if (spec.kind === 'memory') {
    const { createMemoryEngine } = await import('./memory/memory-engine.ts');
    const { dataDir } = spec;
    return createMemoryEngine(dataDir === undefined ? {} : { overflowFile: (run) => join(dataDir, run, OVERFLOW_FILE) });
  }
  const { openRedisEngine } = await import('./redis/redis-engine.ts');
  return openRedisEngine(spec, log);
}
