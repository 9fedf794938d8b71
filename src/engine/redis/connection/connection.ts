import { Redis, type RedisOptions } from 'ioredis';
import { RedisUnavailableError, UsageError } from '../../../model/errors.ts';
import type { Log } from '../../../model/log.ts';
import { redisRemedy } from '../../../model/redis-refusal.ts';
import { parseRedisUrl, type RedisAddress, withoutCredentials } from '../../../options/redis-url.ts';
import { within } from '../../../util/async.ts';
import { Conditions } from '../../../util/conditions.ts';
import type { RedisEngineSpec } from '../../engine-spec.ts';
import { keysFor } from '../keys.ts';
import { connectionRemedy, isSettingWrong } from './connection-remedy.ts';
import { redisOptions } from './redis-options.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_STEP_MS = 50;
const MAX_RECONNECT_MS = 1_000;
/** If a replica refuses again after this long, it is logged again. */
const REFUSES_AGAIN_MS = 10_000;
const OLDEST_VERSION = [6, 2];

/** A service that starts together with Redis waits this long before it complains: it usually connects within that time. */
const QUIET_START_MS = 3_000;

/**
 * Opens a connection and checks that Redis is fit for use. Rejects with RedisUnavailableError if it is not, or is away
 * and `patience` does not allow to wait; with UsageError for an invalid URL.
 */
export async function connectRedis(spec: ConnectionSpec, log: Log, quietStartMs = QUIET_START_MS): Promise<Redis> {
  const parsed = parseRedisUrl(spec.url);
  if (!parsed.ok) throw new UsageError(`the URL of Redis: ${parsed.problem}`);
  return connectTo(parsed.value, spec, log, quietStartMs);
}

type ConnectionSpec = Pick<RedisEngineSpec, 'url' | 'tls' | 'patience' | 'onlyWorks'> & { prefix?: string };

async function connectTo(address: RedisAddress, spec: ConnectionSpec, log: Log, quietStartMs: number): Promise<Redis> {
  const { url, tls, patience, onlyWorks, prefix = '' } = spec;
  const where = withoutCredentials(url);
  const redis = new Redis({
    ...CONNECTION,
    ...redisOptions(address, tls, keysFor(prefix).base),
    ...afterFailover(address.kind, (message) => log.warn({ event: 'redis-failover', redis: where }, `Redis at ${where} ${message}`)),
    lazyConnect: true,
    maxRetriesPerRequest: patience === 'none' ? 20 : null,
  });
  let complaint = '';
  const logged = new Conditions();
  let wasThere = false;
  const hint = () => connectionRemedy(complaint, address, tls?.cert !== undefined);
  const logComplaint = () => {
    const remedy = wasThere ? undefined : hint();
    if (complaint !== '' && logged.isNews(complaint))
      log.warn({ event: 'redis-away', redis: where }, `Redis at ${where}: ${complaint}${remedy === undefined ? '' : `: ${remedy}`}`);
  };
  let isQuiet = patience === 'always';
  const quietStart = setTimeout(() => {
    isQuiet = false;
    logComplaint();
  }, quietStartMs);
  const complain = (message: string) => {
    complaint = message;
    if (!isQuiet) logComplaint();
  };
  redis.on('error', (error: Error) => complain(error.message || (error as NodeJS.ErrnoException).code || String(error)));
  redis.on('ready', () => {
    wasThere = true;
    if (logged.end()) log.info({ event: 'redis-back', redis: where }, `Redis at ${where} is back`);
    complaint = '';
  });
  sayIfLate(redis, complain);
  replaceIfSilent(redis, complain);
  // Each command that a replica refuses adds a listener for the end of the reconnect.
  redis.on('connect', () => redis.stream.setMaxListeners(0));
  try {
    await firstContact(redis, patience === 'always');
    const info = await redis.info();
    if (address.kind === 'single' && fieldOf(info, 'cluster_enabled') === '1') {
      redis.disconnect();
      return await connectTo(asClusterNode(address, where), spec, log, quietStartMs);
    }
    const persists = await checkFitness(redis, info);
    if (!persists && !onlyWorks) {
      log.warn(
        { event: 'redis-not-persistent' },
        'this Redis does not write to disk: if it restarts, runs that have not been collected are lost. Set `appendonly yes`',
      );
    }
    return redis;
  } catch (error) {
    redis.disconnect();
    if (error instanceof RedisUnavailableError) throw error;
    complaint ||= error instanceof Error ? error.message : String(error);
    const reason = complaint;
    const remedy =
      hint() ??
      redisRemedy(reason) ??
      'start it, or correct --redis / TRAWL_REDIS_URL; without --redis, `trawl crawl` and `trawl watch` need no Redis';
    throw new RedisUnavailableError(`cannot use Redis at ${where}: ${reason.replace(/\.$/, '')}: ${remedy}`, { cause: error });
  } finally {
    clearTimeout(quietStart);
    isQuiet = false;
  }
}

/** A cluster node refuses keys of other nodes. Then the cluster is asked which node has ours. */
function asClusterNode(address: RedisAddress, where: string): RedisAddress {
  if (address.db !== 0) throw new RedisUnavailableError(`Redis at ${where} is a node of a cluster, which has no database but 0`);
  if (address.path !== undefined)
    throw new RedisUnavailableError(
      `Redis at ${where} is a node of a cluster: give a host and port instead of a socket, redis+cluster://HOST:PORT`,
    );
  return { ...address, kind: 'cluster' };
}

/** Options of all connections, BullMQ's too. */
export const CONNECTION: RedisOptions = {
  connectTimeout: CONNECT_TIMEOUT_MS,
  retryStrategy: (times) => Math.min(MAX_RECONNECT_MS, RECONNECT_STEP_MS * times),
  // While Redis loads its data, ask this often whether it is done.
  maxLoadingRetryTime: 1_000,
  keepAlive: 5_000,
};

/** The replies of a node that is not the master of these keys, or not at present. */
const NOT_HERE = /^(READONLY|MOVED|ASK|TRYAGAIN|CLUSTERDOWN|MASTERDOWN)\b/;

/**
 * After a failover the old master is a replica, or another node has the keys. The next connection finds the new master, and
 * the command is sent again. While there is no master, try once a second. While a cluster moves the slot, the node that it
 * moves to is not asked (docs/decisions/0042).
 */
function afterFailover(
  kind: RedisAddress['kind'],
  say: (message: string) => void,
): Pick<RedisOptions, 'reconnectOnError' | 'retryStrategy'> {
  let refusedMs = Number.NEGATIVE_INFINITY;
  const sinceRefusedMs = () => performance.now() - refusedMs;
  return {
    reconnectOnError: ({ message }) => {
      if (!NOT_HERE.test(message)) return false;
      const isFailover = kind !== 'single' && message.startsWith('READONLY');
      if (sinceRefusedMs() > REFUSES_AGAIN_MS)
        say(`refuses writes, so they wait: ${isFailover ? 'it has become a replica; looking for the new master' : redisRemedy(message)}`);
      refusedMs = performance.now();
      return 2;
    },
    retryStrategy: (times) =>
      sinceRefusedMs() < MAX_RECONNECT_MS ? MAX_RECONNECT_MS : Math.min(MAX_RECONNECT_MS, RECONNECT_STEP_MS * times),
  };
}

/** True if waiting may help. It does not for wrong credentials and certificates. */
async function firstContact(redis: Redis, waits: boolean): Promise<void> {
  const refused = new Promise<never>((_, reject) => {
    redis.on('error', (error: Error) => {
      if (!waits || isSettingWrong(error.message)) reject(error);
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

/** Refuses a Redis that is configured to lose data. Resolves to false for one that loses data when it restarts. */
async function checkFitness(redis: Redis, info: string): Promise<boolean> {
  const field = (name: string) => fieldOf(info, name);
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
  if (field('role') === 'slave') throw new RedisUnavailableError(`this Redis cannot be used: ${redisRemedy('READONLY')}`);
  const saves = (await redis.config('GET', 'save').catch(() => ['save', 'unknown'])) as string[];
  return field('aof_enabled') !== '0' || saves[1] !== '';
}

function fieldOf(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}

/** If Redis accepts a connection but does not answer on it for this long, log it. */
const LATE_MS = 1_000;

interface Silence {
  /** How often an open connection is tested, in milliseconds. */
  tryEveryMs: number;
  /** After this long without an answer, the connection is replaced, in milliseconds. */
  givenUpMs: number;
}

/** Longer than any of our scripts takes. */
const SILENCE: Silence = { tryEveryMs: 5_000, givenUpMs: 15_000 };

/** Logs what a new connection is waiting for if it stays silent. */
function sayIfLate(redis: Redis, say: (message: string) => void): void {
  let late: NodeJS.Timeout | undefined;
  redis.on('connect', () => {
    late = setTimeout(say, LATE_MS, 'not responding yet; retrying (it may be loading data)');
  });
  for (const event of ['ready', 'close']) redis.on(event, () => clearTimeout(late));
}

/**
 * Replaces a connection that was cut without notice, for example because the other machine died, after 15 to 20 s, and sends
 * pending commands again. TCP alone would take 15 minutes. BullMQ watches its blocking connections itself.
 */
export function replaceIfSilent(redis: Redis, say: (message: string) => void, { tryEveryMs, givenUpMs } = SILENCE): void {
  let isTrying = false;
  const timer = setInterval(async () => {
    if (isTrying || redis.status !== 'ready') return;
    isTrying = true;
    const { stream } = redis;
    const answered = await within(givenUpMs, redis.ping());
    isTrying = false;
    if (answered || redis.stream !== stream || redis.status !== 'ready') return;
    say(`no reply for ${givenUpMs / 1_000} s: reconnecting`);
    redis.disconnect(true);
  }, tryEveryMs);
  timer.unref();
  redis.once('end', () => clearInterval(timer));
}
