import type { Redis } from 'ioredis';
import { SLOWED_AFTER } from '../../model/unreachable-origin.ts';
import type { EngineFacts, LiveWorker, RedisFacts, ThrottledOrigin } from '../engine.ts';
import { isForgotten, visitLimit } from '../rules/answers.ts';
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
  const isPaced = !isForgotten(Math.max(changedAtMs, askedUntilMs), nowMs);
  const misses = isForgotten(lastAtMs, nowMs) ? 0 : count;
  const isSlowed = misses >= SLOWED_AFTER;
  if (!isPaced && !isSlowed) return undefined;
  return { origin, concurrency: visitLimit(misses, lanes, lanes), holdMs: Math.max(0, askedUntilMs - nowMs), misses, asks };
}
