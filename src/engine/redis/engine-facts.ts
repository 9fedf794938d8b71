import type { Redis } from 'ioredis';
import type { RunId } from '../../model/run-id.ts';
import { SLOWED_AFTER } from '../../model/unreachable-origin.ts';
import type { EngineFacts, LiveWorker, RedisFacts, ThrottledOrigin, WaitingOrigin } from '../facts.ts';
import { isForgotten, visitLimit } from '../rules/answers.ts';
import { WORKER_TTL_MS } from './frontier/janitor.ts';
import type { Keys } from './keys.ts';
import { parseActivity } from './visits/activity.ts';

/** The live workers with what they reported, the live collectors, and what Redis reports of itself. @param nowMs by Redis's clock */
export async function readFacts(redis: Redis, keys: Keys, nowMs: number): Promise<EngineFacts> {
  const [members, collectors, info] = await Promise.all([
    redis.zrangebyscore(keys.workers, nowMs, '+inf', 'WITHSCORES'),
    redis.zrangebyscore(keys.collectors, nowMs, '+inf'),
    redis.info(),
  ]);
  const workers: LiveWorker[] = [];
  for (let at = 0; at < members.length; at += 2) {
    // `slots name`, as the survey script stores it, and the time at which the worker counts as dead.
    const [member = '', deadAtMs = ''] = members.slice(at, at + 2);
    const [slots, name] = numberAndName(member);
    const seenMsAgo = Math.max(0, nowMs + WORKER_TTL_MS - Number(deadAtMs));
    workers.push({ name, slots, seenMsAgo });
  }
  if (workers.length > 0) {
    const reports = await redis.mget(workers.map(({ name }) => `${keys.base}activity:${name}`));
    for (const [at, worker] of workers.entries()) {
      const activity = parseActivity(reports[at] ?? null);
      if (activity !== undefined) worker.activity = activity;
    }
  }
  return { workers, collectors: collectors.map(numberAndName).map(([runs, name]) => ({ name, runs })), redis: redisFacts(info) };
}

/** From `number name`, as the scripts survey and attend store it. */
function numberAndName(member: string): [number, string] {
  const space = member.indexOf(' ');
  return [Number(member.slice(0, space)), member.slice(space + 1)];
}

/** Origins of each kind to look at: the next by time, and some of those that wait for a lane. */
const MAX_LOOKED_AT = 200;

/** Origins of a run with waiting entries, the longest backlogs first. @param nowMs by Redis's clock */
export async function readWaitingOrigins(redis: Redis, keys: Keys, run: RunId, most: number, nowMs: number): Promise<WaitingOrigin[]> {
  const [ready, blocked, unsorted] = await Promise.all([
    redis.zrange(keys.run(run, 'ready'), 0, MAX_LOOKED_AT - 1, 'WITHSCORES'),
    redis.srandmember(keys.run(run, 'blocked'), MAX_LOOKED_AT),
    redis.lrange(keys.run(run, 'unsorted'), 0, MAX_LOOKED_AT - 1),
  ]);
  const origins: WaitingOrigin[] = blocked.map((origin) => ({ origin, waiting: 0, readyInMs: 0, isBlocked: true }));
  for (let at = 0; at < ready.length; at += 2) {
    const [origin = '', atMs = ''] = ready.slice(at, at + 2);
    origins.push({ origin, waiting: 0, readyInMs: Math.max(0, Number(atMs) - nowMs), isBlocked: false });
  }
  await Promise.all(
    origins.map(async (each) => {
      each.waiting = await redis.llen(keys.run(run, `backlog:${each.origin}`));
    }),
  );
  // Entries of origins without a backlog are in one list, each after its origin (docs/decisions/0021).
  const known = new Map(origins.map((each) => [each.origin, each]));
  for (const entry of unsorted) {
    const origin = entry.slice(0, entry.indexOf('\n'));
    const each = known.get(origin) ?? { origin, waiting: 0, readyInMs: 0, isBlocked: false };
    each.waiting++;
    known.set(origin, each);
  }
  return [...known.values()]
    .filter(({ waiting }) => waiting > 0)
    .sort((a, b) => b.waiting - a.waiting || (a.origin < b.origin ? -1 : 1))
    .slice(0, most);
}

/** Reads the reply to INFO. */
export function redisFacts(info: string): RedisFacts {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
  return {
    version: field('redis_version'),
    usedBytes: Number(field('used_memory')),
    maxBytes: Number(field('maxmemory')),
    persistence: persistence(field),
    aofBytes: Number(field('aof_current_size')),
    delayedSyncs: Number(field('aof_delayed_fsync')),
    isSaving: field('aof_rewrite_in_progress') === '1' || field('rdb_bgsave_in_progress') === '1',
    evictionPolicy: field('maxmemory_policy'),
    clients: Number(field('connected_clients')),
    commandsPerSecond: Number(field('instantaneous_ops_per_sec')),
  };
}

/** INFO does not say whether snapshots are configured. We infer it from a snapshot made since the start, or found on disk. */
function persistence(field: (name: string) => string): RedisFacts['persistence'] {
  if (field('aof_last_write_status') === 'err' || field('rdb_last_bgsave_status') === 'err') return 'failing';
  if (field('aof_enabled') === '1') return 'aof';
  return Number(field('rdb_saves')) > 0 ? 'snapshots' : 'none';
}

/** Origins that asked for a pause or do not answer. @param nowMs by Redis's clock */
export async function readThrottledOrigins(redis: Redis, keys: Keys, nowMs: number): Promise<ThrottledOrigin[]> {
  const [paces, unanswered] = await Promise.all([redis.hgetall(keys.pace), redis.hgetall(keys.misses)]);
  return [...new Set([...Object.keys(paces), ...Object.keys(unanswered)])]
    .map((origin) => throttledOrigin(origin, paces[origin], unanswered[origin], nowMs))
    .filter((throttled) => throttled !== undefined);
}

/** The state of the origin from the two hashes, without what happened too long ago. */
function throttledOrigin(origin: string, pace: string | undefined, missed: string | undefined, nowMs: number): ThrottledOrigin | undefined {
  const [lanes = 1, , changedAtMs = 0, askedUntilMs = 0, asks = 0] = pace?.split(' ').map(Number) ?? [];
  const [count = 0, lastAtMs = 0] = missed?.split(' ').map(Number) ?? [];
  const isPaced = !isForgotten(Math.max(changedAtMs, askedUntilMs), nowMs);
  const misses = isForgotten(lastAtMs, nowMs) ? 0 : count;
  const isSlowed = misses >= SLOWED_AFTER;
  if (!isPaced && !isSlowed) return undefined;
  return { origin, concurrency: visitLimit(misses, lanes, lanes), holdMs: Math.max(0, askedUntilMs - nowMs), misses, asks };
}
