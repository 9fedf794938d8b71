/** Which engine, and where. */
export type EngineSpec = MemoryEngineSpec | ({ kind: 'redis' } & RedisEngineSpec);

interface MemoryEngineSpec {
  kind: 'memory';
  /**
   * The folder below which each run has its own. Waiting URLs that do not fit into memory go into a file there; without
   * it, they stay in memory.
   */
  dataDir?: string;
}

export interface RedisEngineSpec {
  /** See `parseRedisUrl`. */
  url: string;
  /** For `rediss://`. */
  tls?: RedisTls;
  /** What all key names begin with, in braces; deployments with different prefixes share nothing. */
  prefix: string;
  patience: Patience;
  /** This process only fetches: a Redis that loses data is reported by those who own runs, not by each of many workers. */
  onlyWorks?: boolean;
  /** How soon a dead worker is noticed; the default is 10 s and 5 s. */
  timings?: RedisTimings;
  /** How much of a run may be in Redis at a time. */
  limits?: RedisLimits;
}

/** Certificates and a key, in PEM. */
export interface RedisTls {
  /** The authorities that Redis's certificate is checked against, in place of the system's. */
  ca?: string;
  /** The certificate of this client, and its key. */
  cert?: string;
  key?: string;
}

/**
 * What to do while Redis is away: report it, as a short command does; wait for it once begun, as a crawl does; or wait
 * for it at the start as well, as a service does.
 */
export type Patience = 'none' | 'once-begun' | 'always';

export interface RedisTimings {
  /** A visit whose lock is not renewed for this long is given to another worker, in milliseconds. */
  lockMs: number;
  /** How often each worker looks for such visits, in milliseconds. */
  stalledCheckMs: number;
}

export interface RedisLimits {
  /** Entries that may wait in the frontier before further batches do; 500,000 by default. At about 120 bytes each, 60 MB of Redis. */
  maxWaiting: number;
  /**
   * Outcomes that may wait for their collector before visits and batches do; 250,000 by default. At about 400 bytes
   * each, 100 MB of Redis.
   */
  maxUnreleased: number;
  /**
   * Bytes of batches that may wait, compressed, before their producer does; 256 MB by default, which is 13 million URLs.
   * Of a Redis with a `maxmemory`, at most a quarter of that.
   */
  maxStoredBytes: number;
}
