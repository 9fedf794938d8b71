/** Which engine to open, and where. */
export type EngineSpec = MemoryEngineSpec | ({ kind: 'redis' } & RedisEngineSpec);

interface MemoryEngineSpec {
  kind: 'memory';
  /**
   * The folder with a folder for each run. Waiting URLs that do not fit into memory go into a file there. Without it, they
   * stay in memory.
   */
  dataDir?: string;
}

export interface RedisEngineSpec {
  /** See `parseRedisUrl`. */
  url: string;
  /** For `rediss://`. */
  tls?: RedisTls;
  /** Beginning of all key names, in braces. Deployments with different prefixes share nothing. */
  prefix: string;
  patience: Patience;
  /** This process only fetches. It does not report a Redis that can lose data: the owners of the runs do. */
  onlyWorks?: boolean;
  /** How soon a dead worker is noticed; the default is 10 s and 5 s. */
  timings?: RedisTimings;
  /** How much of a run may be in Redis at a time. */
  limits?: RedisLimits;
}

/** Certificates and a key, in PEM. */
export interface RedisTls {
  /** Certificate authorities to trust instead of the system's. */
  ca?: string;
  /** The client certificate, and its key. */
  cert?: string;
  key?: string;
}

/**
 * When to wait for a Redis that is away: never, as short commands; after a first connection, as a crawl; also at the
 * start, as a service.
 */
export type Patience = 'none' | 'once-begun' | 'always';

export interface RedisTimings {
  /** After this long without renewal of its lock, a visit goes to another worker, in milliseconds. */
  lockMs: number;
  /** How often each worker looks for such visits, in milliseconds. */
  stalledCheckMs: number;
}

export interface RedisLimits {
  /** With this many entries in the frontier, further batches wait. Default 500,000: about 60 MB of Redis. */
  maxWaiting: number;
  /**
   * With this many outcomes not collected, visits and batches wait. Default 250,000: about 100 MB of Redis.
   */
  maxUnreleased: number;
  /**
   * With this many bytes of compressed batches, their producer waits. Default 256 MB, about 13 million URLs, but at most a
   * quarter of Redis's `maxmemory`.
   */
  maxStoredBytes: number;
}
