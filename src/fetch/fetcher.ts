import type { PrivateAddresses, RunOptions } from '../model/run-options.ts';
import { type Clock, systemClock } from '../util/clock.ts';
import { ConnectionPool } from './connection/connection-pool.ts';
import { OpenLanes } from './connection/open-lanes.ts';
import { OriginManners } from './connection/origin-manners.ts';
import { type ProxySettings, proxyChooser } from './connection/proxy.ts';
import { chooseResolver } from './dns/dns-resolver.ts';
import { HostAddresses, type ResolveHost } from './dns/host-addresses.ts';
import { Exchange, type ExchangeHome, type Pools } from './exchange.ts';
import type { FetchRequest } from './fetch-request.ts';
import type { FetchEnd, FetchResult } from './fetch-result.ts';
import { InFlight } from './in-flight.ts';
import type { ShortageWatch } from './own-shortage.ts';
import { type RequestHeaders, requestHeaders, secretReader, withHeaders } from './request-headers.ts';

export { MissingSecretError } from './request-headers.ts';

/** A request whose redirects are all followed at once. */
export type WholeRequest = FetchRequest & { judgeRedirect?: undefined };

/** Fetches URLs over connections that it keeps. */
export interface Fetcher {
  /**
   * One attempt: resolves with what it came to, whatever a server does, within `timeoutMs` of the options and a few dozen milliseconds. When `signal` aborts it
   * resolves with `aborted`. Many fetches may share a signal, and many may be under way at once. Rejects only with MissingSecretError, before anything is sent.
   */
  fetch(request: WholeRequest, signal: AbortSignal): Promise<FetchEnd>;
  fetch(request: FetchRequest, signal: AbortSignal): Promise<FetchResult>;

  /** Ends what is under way as `aborted` and closes every connection. May be repeated. */
  close(): Promise<void>;
}

export interface FetcherOptions {
  /** Wins over the runs' policy where it is stricter. Default: allow. */
  privateCeiling?: PrivateAddresses;
  /** HTTP proxies, none by default. Behind one the address check sees names and IP literals only, for the proxy resolves. */
  proxies?: ProxySettings;
  /** Connections open at a time, idle ones included. Default: no limit. Busy ones are not counted against it: the caller bounds those. */
  maxConnections?: number;
  /** Told when this machine lacks what a connection takes. Default: every such request is to be made again. */
  shortages?: ShortageWatch;
  /** Where header values of the form `env:NAME` are read. Default: nothing is set. */
  env?: Readonly<Record<string, string | undefined>>;
  /** The variables that `env:NAME` may name, with `*` for any characters. Default: all. */
  envAllow?: readonly string[];
  clock?: Clock;
  /** Where names are looked up, see `chooseResolver`. */
  resolver?: 'system' | readonly string[];
  /** Wins over `resolver`. */
  resolveHost?: ResolveHost;
}

const ALWAYS_WAIT: ShortageWatch = { failed: () => 'wait', sent: () => {} };

/** A fetcher with connections of its own. Throws UsageError for a proxy that is not a URL. */
export function createFetcher(options: FetcherOptions = {}): Fetcher {
  const { privateCeiling = 'allow', env = {}, clock = systemClock, shortages = ALWAYS_WAIT } = options;
  const { resolveHost = chooseResolver(options.resolver, clock) } = options;
  const open = new OpenLanes(options.maxConnections ?? Number.POSITIVE_INFINITY);
  const addresses = new HostAddresses(resolveHost, clock);
  const proxyFor = proxyChooser(options.proxies ?? {});
  const [unguarded, guarded] = [addresses.lookup(false), addresses.lookup(true)];
  // The operator named the proxy: its own address is not checked.
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
