import type { Redis } from 'ioredis';
import type { EngineFacts, LiveWorker, RedisFacts } from '../engine.ts';
import type { Keys } from './keys.ts';

/** The live workers, and what Redis says of itself. @param nowMs by Redis's clock */
export async function readFacts(redis: Redis, keys: Keys, nowMs: number): Promise<EngineFacts> {
  const [members, info] = await Promise.all([redis.zrangebyscore(keys.workers, nowMs, '+inf'), redis.info()]);
  return { workers: members.map(liveWorker), redis: redisFacts(info) };
}

/** From `slots name`, as the survey script stores it. */
function liveWorker(member: string): LiveWorker {
  const space = member.indexOf(' ');
  return { name: member.slice(space + 1), slots: Number(member.slice(0, space)) };
}

/** Reads the answer to INFO. */
export function redisFacts(info: string): RedisFacts {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
  return {
    version: field('redis_version'),
    usedBytes: Number(field('used_memory')),
    maxBytes: Number(field('maxmemory')),
    persistence: persistence(field),
  };
}

/** Whether there are snapshots is a setting that INFO does not give: one that was made since the start, or lies on disk, tells. */
function persistence(field: (name: string) => string): RedisFacts['persistence'] {
  if (field('aof_last_write_status') === 'err' || field('rdb_last_bgsave_status') === 'err') return 'failing';
  if (field('aof_enabled') === '1') return 'aof';
  return Number(field('rdb_saves')) > 0 ? 'snapshots' : 'none';
}
