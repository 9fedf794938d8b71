import { portOf } from '../../model/url/canonical-url.ts';
import { bareHostname } from '../dns/private-reach.ts';
import { Lane, type LaneMaking, type LaneOrigin } from './lane.ts';
import type { OpenLanes } from './open-lanes.ts';
import type { Manner } from './origin-manners.ts';
import type { HttpProxy } from './proxy.ts';

/**
 * If a server closes a connection this soon after a response, in milliseconds, without announcing it, we assume that it
 * keeps no connections. If it closes later, the connection was idle for too long.
 */
const EARLY_CLOSE_MS = 1_000;
/**
 * For this long, in milliseconds, every request to such a server gets a new connection. After that, keeping connections
 * is tried again.
 */
const KEEP_NONE_MS = 10_000;

/** An origin with all its lanes. `idle` contains those that are free, the most recently used one last. */
export interface PooledOrigin extends LaneOrigin {
  /** Serialised by WHATWG: IPv6 in brackets. */
  readonly urlHostname: string;
  /**
   * A connection to it has been reused successfully. Until then, check before reuse whether a kept connection was
   * closed (`afterPoll`).
   */
  reuses: boolean;
  lanes: Set<Lane>;
  idle: Lane[];
}

/** How the connections of a pool are made, and through which proxy. */
interface PoolMaking extends LaneMaking {
  proxyFor(url: URL): HttpProxy | undefined;
  /** Shared by all pools of a fetcher. */
  readonly open: OpenLanes;
}

/**
 * The connections under one address policy. Requests that may reach private addresses use a pool of their own, so that
 * a connection to a private address is never given to a request that may not reach it. The pool does not limit the
 * number of connections to an origin; the caller does.
 */
export class ConnectionPool {
  readonly #making: PoolMaking;
  readonly #origins = new Map<string, PooledOrigin>();
  /**
   * Origins whose servers keep no connections, with the time until which we assume that. Ordered by that time. Such an
   * origin need not have a lane.
   */
  readonly #noKeepAliveUntilMs = new Map<string, number>();

  constructor(making: PoolMaking) {
    this.#making = making;
  }

  /** Finds an origin that has connections, by its canonical `scheme://host:port`. */
  find(origin: string): PooledOrigin | undefined {
    return this.#origins.get(origin);
  }

  /** Returns the origin of a URL. It is kept as long as it has connections. */
  open(url: URL): PooledOrigin {
    const known = this.#origins.get(url.origin);
    if (known !== undefined) return known;
    const secure = url.protocol === 'https:';
    return {
      origin: url.origin,
      secure,
      hostname: bareHostname(url.hostname),
      urlHostname: url.hostname,
      port: portOf(url),
      proxy: this.#making.proxyFor(url),
      reuses: false,
      lanes: new Set(),
      idle: [],
    };
  }

  /**
   * Takes the most recently used idle lane for one request. Undefined if there is none. Return it with `release` or
   * `discard`.
   */
  takeIdle(origin: PooledOrigin): Lane | undefined {
    return this.#noKeepAliveUntilMs.size > 0 && this.#keepsNone(origin) ? undefined : this.#popIdle(origin);
  }

  /**
   * Opens a new lane for one request. Return it with `release` or `discard`. An idle lane of the origin is closed in
   * exchange, so the origin never has more connections than it had concurrent requests.
   */
  openNew(origin: PooledOrigin, manner: Manner): Lane {
    this.#making.open.add();
    const lane = new Lane(origin, manner, this.#making, (closed, byPeer) => (byPeer ? this.discardClosed(closed) : this.discard(closed)));
    if (origin.lanes.size === 0) this.#origins.set(origin.origin, origin);
    origin.lanes.add(lane);
    const replaced = this.#popIdle(origin);
    if (replaced !== undefined) this.discard(replaced);
    return lane;
  }

  /** Returns a lane whose response is complete. */
  release(lane: Lane): void {
    if (!lane.rest()) {
      this.discard(lane);
      return;
    }
    (lane.origin as PooledOrigin).idle.push(lane);
    this.#making.open.rest(lane, this);
  }

  /** Closes a lane. May be repeated. */
  discard(lane: Lane): void {
    const origin = lane.origin as PooledOrigin;
    if (!origin.lanes.delete(lane)) return;
    if (this.#making.open.delete(lane)) origin.idle.splice(origin.idle.indexOf(lane), 1);
    if (origin.lanes.size === 0 && this.#origins.get(origin.origin) === origin) this.#origins.delete(origin.origin);
    lane.destroy();
  }

  /** Discards a lane that the server closed without announcing it. */
  discardClosed(lane: Lane): void {
    if (lane.restedMs < EARLY_CLOSE_MS) {
      const { origin } = lane.origin;
      this.#noKeepAliveUntilMs.delete(origin);
      this.#noKeepAliveUntilMs.set(origin, this.#making.clock.monotonicMs() + KEEP_NONE_MS);
    }
    this.discard(lane);
  }

  close(): void {
    for (const { lanes } of [...this.#origins.values()]) for (const lane of [...lanes]) this.discard(lane);
  }

  #keepsNone({ origin }: PooledOrigin): boolean {
    const nowMs = this.#making.clock.monotonicMs();
    for (const [known, untilMs] of this.#noKeepAliveUntilMs) {
      if (nowMs < untilMs) break;
      this.#noKeepAliveUntilMs.delete(known);
    }
    return this.#noKeepAliveUntilMs.has(origin);
  }

  #popIdle(origin: PooledOrigin): Lane | undefined {
    const lane = origin.idle.pop();
    if (lane !== undefined) this.#making.open.occupy(lane);
    return lane;
  }
}
