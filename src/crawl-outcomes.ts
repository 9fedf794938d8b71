import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Lease } from './collector/lease.ts';
import { CLAIM_MS } from './engine/collecting.ts';
import type { Engine } from './engine/engine.ts';
import { openEngine } from './engine/open-engine.ts';
import type { RunCounts } from './engine/run-counts.ts';
import { UsageError } from './model/errors.ts';
import { readOutcome } from './model/lines/outcome-line.ts';
import { type Log, silentLog } from './model/log.ts';
import type { Outcome } from './model/outcome.ts';
import type { Json } from './model/request-spec.ts';
import type { RunOptions } from './model/run-options.ts';
import { statusRanges } from './model/status-ranges.ts';
import { parseRunOptions } from './options/run-options-schema.ts';
import { produce, sealRun } from './producer/produce.ts';
import { inChunks } from './producer/sources/chunks.ts';
import type { Source } from './producer/sources/source.ts';
import { orAborted } from './util/async.ts';
import { systemClock } from './util/clock.ts';
import { checkMapModule } from './worker/map/map-module.ts';
import { runWorker, type WorkerOptions } from './worker/work.ts';

/** Options of `crawl`: the URLs, and options of the command line under the names that they have in `run.json`. */
export interface CrawlOptions extends Partial<Omit<RunOptions, 'accept' | 'headers'>> {
  /**
   * Consumed as needed. Each string is parsed like a line of a list: blank ones, and those that begin with `#`, are
   * ignored.
   */
  urls?: Iterable<string> | AsyncIterable<string>;
  /**
   * Instead of `urls`: requests with a method, headers or a body. Each gets an outcome, even if another one has the
   * same URL.
   */
  requests?: Iterable<CrawlRequest> | AsyncIterable<CrawlRequest>;
  /** Maximum of requests in flight; at least 1, 10 by default. */
  concurrency?: number;
  /** Headers for every request. A value `env:NAME` is replaced by `env.NAME`. */
  headers?: Readonly<Record<string, string>> | ReadonlyArray<readonly [name: string, value: string]>;
  /** Statuses that count as success, as text such as `200-299,304` or as ranges; 200 to 299 by default. */
  accept?: string | RunOptions['accept'];
  /** Values for `env:NAME` in headers; empty by default. */
  env?: Readonly<Record<string, string | undefined>>;
  /**
   * With `redis`: the folder that contains the `map` modules of other runs; the working directory by default. The
   * module in `map` is resolved from here too, but may be anywhere.
   */
  maps?: string;
  /** An HTTP proxy, such as `http://proxy.example:3128`. */
  proxy?: string;
  /**
   * `system` for getaddrinfo, or addresses of DNS servers. By default the system's DNS servers are asked directly on
   * Linux, and getaddrinfo elsewhere.
   */
  resolver?: 'system' | readonly string[];
  /** Aborts the crawl: requests are aborted, and the iteration rejects with the signal's reason. */
  signal?: AbortSignal;
  /**
   * URL of a Redis, such as `redis://127.0.0.1:6379`, whose workers fetch too. Without it, everything is done in this
   * process.
   */
  redis?: string;
  /** Prefix of the keys on that Redis; `trawl` by default. */
  prefix?: string;
  /** Receives messages for an operator; has the interface of a pino logger. By default, messages are dropped. */
  log?: Log;
}

/** A request; the same fields as in a line of a `.jsonl` source. */
export interface CrawlRequest {
  url: string;
  /** The crawl's `method` by default. */
  method?: string;
  /** Added to the crawl's headers; replaces those of the same name. */
  headers?: Readonly<Record<string, string>>;
  /** A string is sent as text, any other value as JSON. */
  body?: Json;
  /**
   * True if sending it twice does no harm. Otherwise a request with a method other than GET, HEAD and OPTIONS is never
   * repeated.
   */
  repeatable?: boolean;
  /** Statuses that count as success, such as `200-299,304`. */
  accept?: string;
  /** Text that the body must contain to count as success. */
  contains?: string;
  /** Copied to the outcome. */
  meta?: Json;
}

type Outcomes = AsyncGenerator<Outcome, RunCounts, void>;

/**
 * Fetches the URLs, and yields one outcome for each distinct URL, in the order in which they finish. Nothing is written
 * to disk. Outcomes that are not consumed are buffered; when there are very many, the crawl pauses. Leaving the loop
 * early ends the crawl.
 *
 *     for await (const outcome of crawl({ urls, concurrency: 20 })) console.log(outcome.url, outcome.verdict);
 *
 * `map` is the path of a module that exports `map(page)`. What that returns is the outcome's `data`.
 *
 * Whatever a server does gives an outcome, and never an error. The iteration rejects with UsageError if an option is
 * invalid or the `map` module cannot be used, with RedisUnavailableError if the Redis cannot be used, with the error of
 * `urls`, and with the reason of `signal`. The generator returns the run's counts.
 */
export async function* crawl(options: CrawlOptions): Outcomes {
  const { run, worker, redis, prefix = 'trawl', source, signal, log = silentLog } = readOptions(options);
  signal?.throwIfAborted();
  if (run.map !== undefined) await checkMapModule(run.map, worker.maps);
  const engine = await openEngine(
    redis === undefined ? { kind: 'memory' } : { kind: 'redis', url: redis, prefix, patience: 'once-begun' },
    log,
  );
  try {
    return yield* crawlOn(engine, { run, worker, source, log, signal: signal ?? new AbortController().signal });
  } finally {
    await engine.close();
  }
}

interface Job {
  run: RunOptions;
  worker: WorkerOptions;
  source: Source;
  log: Log;
  signal: AbortSignal;
}

async function* crawlOn(engine: Engine, { run: runOptions, worker, source, log, signal }: Job): Outcomes {
  const run = await engine.openRun(runOptions);
  const over = new AbortController();
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, over.signal, failed.signal]);
  const parts = [submitAll(engine, run, source, stop), runWorker(engine, worker, log, stop)];
  for (const part of parts) part.catch((error) => failed.abort(error));
  let lease: Lease | undefined;
  let isRead = false;
  try {
    const collector = { id: `${hostname()}-${randomUUID().slice(0, 8)}`, folder: randomUUID() };
    lease = await Lease.take(engine, run, collector, CLAIM_MS, systemClock, log, stop);
    for await (const { cursor, lines } of engine.outcomes(run, '', stop)) {
      for (const line of lines) yield readOutcome(line);
      await engine.release(run, cursor, collector);
    }
    stop.throwIfAborted();
    isRead = true;
    return await engine.counts(run);
  } finally {
    over.abort();
    await Promise.allSettled([...parts, lease?.end()]);
    // Nobody else will read the outcomes, so what is left of the run would stay in Redis forever.
    if (!isRead) await orAborted(engine.remove(run), AbortSignal.timeout(REMOVE_MS)).catch(() => {});
  }
}

/** How long to wait for the engine to remove an abandoned run. */
const REMOVE_MS = 2_000;

async function submitAll(engine: Engine, run: string, source: Source, signal: AbortSignal): Promise<void> {
  const { batches, complete } = await produce(engine, run, [source], {}, signal);
  // A run that was cancelled meanwhile needs no seal.
  if (complete) await sealRun(engine, run, batches);
}

function sourceOf({ urls, requests }: Pick<CrawlOptions, 'urls' | 'requests'>): Source {
  if ((urls === undefined) === (requests === undefined)) throw new UsageError('give either urls or requests');
  if (urls !== undefined) return linesOf('urls', urls, String);
  return { ...linesOf('requests', requests, (request) => JSON.stringify(request)), format: 'records', identity: 'line' };
}

function linesOf<Item>(name: string, items: unknown, lineOf: (item: Item) => string): Source {
  if (isAsyncIterable<Item>(items)) {
    return {
      name,
      live: true,
      async *lines() {
        for await (const item of items) yield [lineOf(item)];
      },
    };
  }
  if (!isIterable<Item>(items)) throw new UsageError(`${name} is not an iterable: give an array, or a generator`);
  return {
    name,
    live: false,
    lines: () => inChunks(mapped(items, lineOf)),
  };
}

function* mapped<From, To>(items: Iterable<From>, convert: (item: From) => To): Generator<To, void, undefined> {
  for (const item of items) yield convert(item);
}

function isAsyncIterable<Item>(value: unknown): value is AsyncIterable<Item> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** False for a string, which is iterable but never what was meant. */
function isIterable<Item>(value: unknown): value is Iterable<Item> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

function readOptions(options: CrawlOptions) {
  const {
    urls,
    requests,
    concurrency = 10,
    headers = [],
    accept,
    env = {},
    maps = '.',
    proxy,
    resolver,
    signal,
    redis,
    prefix,
    log,
    ...rest
  } = options;
  const source = sourceOf({ ...(urls !== undefined && { urls }), ...(requests !== undefined && { requests }) });
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new UsageError(`concurrency: ${concurrency} is not a whole number of at least 1`);
  const run = parseRunOptions({ ...rest, headers: isPairs(headers) ? headers : Object.entries(headers), accept: acceptOf(accept) });
  const worker = {
    concurrency,
    maps: { root: maps, ...(run.map !== undefined && { own: run.map }), fetched: [] },
    drainMs: 0,
    alone: redis === undefined,
    worker: `${hostname()}-${randomUUID().slice(0, 8)}`,
    env,
    ...(proxy !== undefined && { proxies: { all: proxy } }),
    ...(resolver !== undefined && { resolver }),
  } satisfies WorkerOptions;
  return { run, worker, source, redis, prefix, signal, log };
}

function isPairs(headers: NonNullable<CrawlOptions['headers']>): headers is ReadonlyArray<readonly [string, string]> {
  return Array.isArray(headers);
}

function acceptOf(accept: CrawlOptions['accept']): RunOptions['accept'] | undefined {
  if (typeof accept !== 'string') return accept;
  const parsed = statusRanges(accept);
  if (!parsed.ok) throw new UsageError(`accept: ${parsed.problem}`);
  return parsed.value;
}
