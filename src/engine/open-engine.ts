import type { Log } from '../core/log.ts';
import type { Engine } from './engine.ts';
import type { EngineSpec } from './engine-spec.ts';

/**
 * Opens the engine asked for. Only the one asked for is loaded: the memory engine needs neither BullMQ nor ioredis.
 * Rejects with RedisUnavailableError if Redis cannot be reached or is not fit for use.
 */
export async function openEngine(spec: EngineSpec, log: Log): Promise<Engine> {
  if (spec.kind === 'memory') {
    const { createMemoryEngine } = await import('./memory/memory-engine.ts');
    return createMemoryEngine();
  }
  const { openRedisEngine } = await import('./redis/redis-engine.ts');
  return openRedisEngine(spec, log);
}
