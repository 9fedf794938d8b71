import type { Redis } from 'ioredis';
import { REMEMBERED_MS, SLOWED_AFTER } from '../../model/unreachable-origin.ts';
import type { ThrottledOrigin } from '../engine.ts';
import type { Keys } from './keys.ts';

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
