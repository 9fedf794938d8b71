import type { PrivateAddresses, RunOptions } from '../model/run-options.ts';
import { type Clock, systemClock } from '../util/clock.ts';
import { ConnectionPool } from './connection/connection-pool.ts';
import { OpenLanes } from './connection/open-lanes.ts';
import { OriginManners } from './connection/origin-manners.ts';
import { type ProxySettings, proxyChooser } from './connection/proxy.ts';
import { DnsCache, type ResolveHost } from './dns/dns-cache.ts';
import { chooseResolver } from './dns/dns-resolver.ts';
import { Exchange, type ExchangeHome } from './exchange.ts';
import type { FetchRequest } from './fetch-request.ts';
import type { FetchEnd, FetchResult } from './fetch-result.ts';
import { InFlight } from './in-flight.ts';
import type { ShortageWatch } from './own-shortage.ts';
import { type RequestHeaders, requestHeaders, secretReader, withHeaders } from './request-headers.ts';
import type { Pools } from './route.ts';

export { MissingSecretError } from './request-headers.ts';

/** A request whose redirects are all followed within the fetch. */
export type WholeRequest = FetchRequest & { judgeRedirect?: undefined };

/** Fetches URLs, and reuses connections. */
export interface Fetcher {
  /**
   * Makes one attempt. Resolves with its result, whatever the server does, within `timeoutMs` of the options and a few
   * dozen milliseconds. Resolves with `aborted` when `signal` aborts. Many fetches may share a signal and run
   * concurrently.
   *
   * @throws MissingSecretError, before anything is sent. It never rejects otherwise.
   */
  fetch(request: WholeRequest, signal: AbortSignal): Promise<FetchEnd>;
  fetch(request: FetchRequest, signal: AbortSignal): Promise<FetchResult>;

  /** Ends all fetches in progress as `aborted` and closes all connections. May be repeated. */
  close(): Promise<void>;
}

export interface FetcherOptions {
  /** Overrides the policy of runs if it is stricter. Default: allow. */
  privateCeiling?: PrivateAddresses;
  /**
   * HTTP proxies. Default: none. The proxy resolves names, so behind a proxy the address check covers only IP literals
   * and names.
   */
  proxies?: ProxySettings;
  /**
   * Most open connections, idle ones included. Default: no limit. It only closes idle connections: the caller must
   * limit concurrent requests.
   */
  maxConnections?: number;
  /** Called when this machine lacks a resource for a connection. Default: every affected request is to be retried. */
  shortages?: ShortageWatch;
  /** The environment from which header values of the form `env:NAME` are read. Default: empty. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Variables that `env:NAME` may use; `*` matches any characters. Default: all. */
  envAllow?: readonly string[];
  clock?: Clock;
  /** How host names are resolved, see `chooseResolver`. */
  resolver?: 'system' | readonly string[];
  /** Overrides `resolver`. */
  resolveHost?: ResolveHost;
}

const ALWAYS_WAIT: ShortageWatch = { failed: () => 'wait', sent: () => {} };

/**
 * Creates a fetcher with its own connections.
 *
 * @throws UsageError if a proxy is not a valid URL
 */
export function createFetcher(options: FetcherOptions = {}): Fetcher {
  const { privateCeiling = 'allow', env = {}, clock = systemClock, shortages = ALWAYS_WAIT } = options;
  const { resolveHost = chooseResolver(options.resolver, clock) } = options;
  const open = new OpenLanes(options.maxConnections ?? Number.POSITIVE_INFINITY);
  const addresses = new DnsCache(resolveHost, clock);
  const proxyFor = proxyChooser(options.proxies ?? {});
  const [unguarded, guarded] = [addresses.lookup(false), addresses.lookup(true)];
  // The operator chose the proxy, so its own address is not checked.
  const pool = (isGuarded: boolean, insecure: boolean) =>
    new ConnectionPool({ lookupFor: (proxy) => (isGuarded && proxy === undefined ? guarded : unguarded), clock, insecure, proxyFor, open });
  const pools = (insecure: boolean): Pools => ({ privatePool: pool(false, insecure), publicPool: pool(true, insecure) });
  const home: ExchangeHome = {
    clock,
    inFlight: new InFlight(clock),
    verified: pools(false),
    insecure: pools(true),
    privateCeiling,
    shortages,
    open,
    manners: new OriginManners(),
  };
  const readSecret = secretReader(env, options.envAllow);
  const headersOfRun = new WeakMap<RunOptions, RequestHeaders>();
  let closed = false;

  const headersFor = (run: RunOptions): RequestHeaders => {
    const known = headersOfRun.get(run);
    if (known !== undefined) return known;
    const headers = requestHeaders(run, readSecret);
    headersOfRun.set(run, headers);
    return headers;
  };

  function fetch(request: WholeRequest, signal: AbortSignal): Promise<FetchEnd>;
  function fetch(request: FetchRequest, signal: AbortSignal): Promise<FetchResult>;
  function fetch(request: FetchRequest, signal: AbortSignal): Promise<FetchResult> {
    return new Promise((resolve) => {
      const ofRun = headersFor(request.options);
      const headers = request.headers === undefined ? ofRun : withHeaders(ofRun, request.headers, readSecret);
      if (closed || signal.aborted) resolve({ kind: 'aborted' });
      else new Exchange(home, request, headers, signal, resolve).start();
    });
  }

  return {
    fetch,
    close: async () => {
      closed = true;
      home.inFlight.abortAll();
      for (const { privatePool, publicPool } of [home.verified, home.insecure]) {
        privatePool.close();
        publicPool.close();
      }
    },
  };
}
