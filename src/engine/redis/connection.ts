import { Redis, type RedisOptions } from 'ioredis';
import { RedisUnavailableError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { redisRemedy } from '../../core/redis-refusal.ts';
import type { Patience } from '../engine-spec.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_MOST_MS = 1_000;
const OLDEST_VERSION = [6, 2];

/** A connection that is open and fit for use. Rejects with RedisUnavailableError when Redis cannot be used, or is away and nobody has the patience to wait. */
export async function connectRedis(url: string, patience: Patience, log: Log): Promise<Redis> {
  const redis = new Redis(url, { ...CONNECTION, lazyConnect: true, maxRetriesPerRequest: patience === 'none' ? 20 : null });
  const where = safeUrl(url);
  let complaint = '';
  redis.on('error', (error: Error) => {
    const message = error.message || (error as NodeJS.ErrnoException).code || String(error);
    if (message !== complaint) log.warn({ redis: where }, `Redis at ${where}: ${message}`);
    complaint = message;
  });
  redis.on('ready', () => {
    if (complaint !== '') log.info({ redis: where }, `Redis at ${where} is back`);
    complaint = '';
  });
  try {
    await firstContact(redis, patience === 'always');
    await checkFitness(redis, log);
    return redis;
  } catch (error) {
    redis.disconnect();
    if (error instanceof RedisUnavailableError) throw error;
    const reason = complaint || (error instanceof Error ? error.message : String(error));
    const remedy = redisRemedy(reason) ?? 'start it, or correct --redis / TRAWL_REDIS_URL; `trawl crawl` without --redis needs none';
    throw new RedisUnavailableError(`cannot use Redis at ${where}: ${reason.replace(/\.$/, '')}: ${remedy}`, { cause: error });
  }
}

/** What all connections share, BullMQ's too. */
export const CONNECTION: RedisOptions = {
  connectTimeout: CONNECT_TIMEOUT_MS,
  // After a failover the old master is a replica: the next connection finds the new one, and the command is sent again.
  reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
  retryStrategy: (times) => Math.min(RECONNECT_MOST_MS, 50 * times),
  // A connection that went silent is noticed, instead of waited on for ever.
  keepAlive: 5_000,
};

/** Wrong credentials do not mend themselves; anything else may be waited out. */
async function firstContact(redis: Redis, waits: boolean): Promise<void> {
  const refused = new Promise<never>((_, reject) => {
    redis.on('error', (error: Error) => {
      if (!waits || /NOAUTH|WRONGPASS|invalid (username|password)|ERR AUTH/i.test(error.message)) reject(error);
    });
  });
  refused.catch(() => {});
  const connected = redis.connect().catch((error: unknown) => {
    if (!waits) throw error;
    return new Promise((resolve) => redis.once('ready', resolve));
  });
  await Promise.race([connected, refused]);
  await Promise.race([redis.ping(), refused]);
}

/** Refuses a Redis that would lose data by design; warns of one that would lose it in a crash. */
async function checkFitness(redis: Redis, log: Log): Promise<void> {
  const info = await redis.info();
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const version = (field('redis_version') ?? '0').split('.').map(Number) as [number, number];
  if (version[0] < (OLDEST_VERSION[0] as number) || (version[0] === OLDEST_VERSION[0] && version[1] < (OLDEST_VERSION[1] as number))) {
    throw new RedisUnavailableError(`Redis ${version.join('.')} is too old: Trawl needs ${OLDEST_VERSION.join('.')} or newer`);
  }
  const policy = field('maxmemory_policy') ?? 'noeviction';
  if (policy !== 'noeviction') {
    throw new RedisUnavailableError(
      `Redis evicts keys (maxmemory-policy ${policy}), which would lose URLs: set it with \`redis-cli config set maxmemory-policy noeviction\``,
    );
  }
  if (field('role') === 'slave') throw new RedisUnavailableError(`this Redis is of no use: ${redisRemedy('READONLY')}`);
  const saves = (await redis.config('GET', 'save').catch(() => ['save', 'unknown'])) as string[];
  if (field('aof_enabled') === '0' && saves[1] === '') {
    log.warn({}, 'this Redis persists nothing: when it restarts, runs that have not been collected are gone. Set `appendonly yes`');
  }
}

/** The URL without its credentials. */
export function safeUrl(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
  } catch {
    return 'an invalid URL';
  }
}
