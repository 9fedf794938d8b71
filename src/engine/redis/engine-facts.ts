import type { Redis } from 'ioredis';
import { REMEMBERED_MS, SLOWED_AFTER } from '../../model/unreachable-origin.ts';
import type { EngineFacts, RedisFacts, ThrottledOrigin } from '../engine.ts';
import type { Keys } from './keys.ts';

/** The live workers and collectors, and what Redis says of itself. @param nowMs by Redis's clock */
export async function readFacts(redis: Redis, keys: Keys, nowMs: number): Promise<EngineFacts> {
  const [workers, collectors, info] = await Promise.all([
    redis.zrangebyscore(keys.workers, nowMs, '+inf'),
    redis.zrangebyscore(keys.collectors, nowMs, '+inf'),
    redis.info(),
  ]);
  return {
    workers: workers.map(numberAndName).map(([slots, name]) => ({ name, slots })),
    collectors: collectors.map(numberAndName).map(([runs, name]) => ({ name, runs })),
    redis: redisFacts(info),
  };
}

/** From `number name`, as the scripts survey and attend store it. */
function numberAndName(member: string): [number, string] {
  const space = member.indexOf(' ');
  return [Number(member.slice(0, space)), member.slice(space + 1)];
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

/** Origins that asked for patience or do not answer. @param nowMs by Redis's clock */
export async function readThrottledOrigins(redis: Redis, keys: Keys, nowMs: number): Promise<ThrottledOrigin[]> {
  const [paces, unanswered] = await Promise.all([redis.hgetall(keys.pace), redis.hgetall(keys.misses)]);
  return [...new Set([...Object.keys(paces), ...Object.keys(unanswered)])]
    .map((origin) => throttledOrigin(origin, paces[origin], unanswered[origin], nowMs))
    .filter((throttled) => throttled !== undefined);
}

/** What stands of it in the two hashes, as far as it is not too long ago. */
function throttledOrigin(origin: string, pace: string | undefined, missed: string | undefined, nowMs: number): ThrottledOrigin | undefined {
  const [lanes = 1, , changedAtMs = 0, askedUntilMs = 0, asks = 0] = pace?.split(' ').map(Number) ?? [];
  const [count = 0, lastAtMs = 0] = missed?.split(' ').map(Number) ?? [];
  const isPaced = nowMs - Math.max(changedAtMs, askedUntilMs) < REMEMBERED_MS;
  const misses = nowMs - lastAtMs < REMEMBERED_MS ? count : 0;
  const isSlowed = misses >= SLOWED_AFTER;
  if (!isPaced && !isSlowed) return undefined;
  return { origin, concurrency: isSlowed ? 1 : lanes, holdMs: Math.max(0, askedUntilMs - nowMs), misses, asks };
}
