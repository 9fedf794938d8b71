import { bareHostname } from '../dns/private-reach.ts';
import { Lane, type LaneMaking, type LaneOrigin } from './lane.ts';
import type { OpenLanes } from './open-lanes.ts';
import type { Manner } from './origin-manners.ts';
import type { HttpProxy } from './proxy.ts';

/** A server that closes a connection without notice this soon after an answer, in milliseconds, is taken for one that keeps none. Later, the connection was idle for too long. */
const EARLY_CLOSE_MS = 1_000;
/** For this long, in milliseconds, every request to such a server gets a connection of its own. Then one is kept again, to see. */
const KEEP_NONE_MS = 10_000;

/** An origin with its lanes: all of them, and those that can be taken, the one that rested last at the end. */
export interface PooledOrigin extends LaneOrigin {
  /** As WHATWG serialises it: IPv6 in brackets. */
  readonly urlHostname: string;
  /** One of its connections was used a second time. Until then, look whether a kept one was closed before it is used (`afterPoll`). */
  reuses: boolean;
  lanes: Set<Lane>;
  idle: Lane[];
}

/** How a pool's connections are made, and through which proxy. */
interface PoolMaking extends LaneMaking {
  proxyFor(url: URL): HttpProxy | undefined;
  /** One for all pools of a fetcher. */
  readonly open: OpenLanes;
}

/**
 * The connections of one address policy: a pool of its own for what may reach private addresses, so that a connection to one is never
 * handed to a request that may not. How many are open to an origin is for who asks to limit.
 */
export class ConnectionPool {
  readonly #making: PoolMaking;
  readonly #origins = new Map<string, PooledOrigin>();
  /** Origins whose servers keep no connections, and until when we believe that; also origins without a lane. In the order in which these times come. */
  readonly #keepNoneUntilMs = new Map<string, number>();

  constructor(making: PoolMaking) {
    this.#making = making;
  }

  /** An origin that has connections, by its canonical `scheme://host:port`. */
  find(origin: string): PooledOrigin | undefined {
    return this.#origins.get(origin);
  }

  /** The origin of a URL. It is remembered while it has connections. */
  open(url: URL): PooledOrigin {
    const known = this.#origins.get(url.origin);
    if (known !== undefined) return known;
    const secure = url.protocol === 'https:';
    const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
    return {
      origin: url.origin,
      secure,
      hostname: bareHostname(url.hostname),
      urlHostname: url.hostname,
      port,
      proxy: this.#making.proxyFor(url),
      reuses: false,
      lanes: new Set(),
      idle: [],
    };
  }

  /** The idle lane that rested last, for one request, or undefined. Give it back by `release` or `discard`. */
  takeIdle(origin: PooledOrigin): Lane | undefined {
    return this.#keepNoneUntilMs.size > 0 && this.#keepsNone(origin) ? undefined : this.#popIdle(origin);
  }

  /**
   * A new lane for one request. Give it back by `release` or `discard`. An idle lane of the origin is closed in exchange:
   * so the origin has no more connections than it had requests at a time.
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

  /** The response on it is complete. */
  release(lane: Lane): void {
    if (!lane.rest()) {
      this.discard(lane);
      return;
    }
    (lane.origin as PooledOrigin).idle.push(lane);
    this.#making.open.rest(lane, this);
  }

  /** Closes it. May be repeated. */
  discard(lane: Lane): void {
    const origin = lane.origin as PooledOrigin;
    if (!origin.lanes.delete(lane)) return;
    if (this.#making.open.delete(lane)) origin.idle.splice(origin.idle.indexOf(lane), 1);
    if (origin.lanes.size === 0 && this.#origins.get(origin.origin) === origin) this.#origins.delete(origin.origin);
    lane.destroy();
  }

  /** The server closed it without notice. */
  discardClosed(lane: Lane): void {
    if (lane.restedMs < EARLY_CLOSE_MS) {
      const { origin } = lane.origin;
      this.#keepNoneUntilMs.delete(origin);
      this.#keepNoneUntilMs.set(origin, this.#making.clock.monotonicMs() + KEEP_NONE_MS);
    }
    this.discard(lane);
  }

  close(): void {
    for (const { lanes } of [...this.#origins.values()]) for (const lane of [...lanes]) this.discard(lane);
  }

  #keepsNone({ origin }: PooledOrigin): boolean {
    const nowMs = this.#making.clock.monotonicMs();
    for (const [known, untilMs] of this.#keepNoneUntilMs) {
      if (nowMs < untilMs) break;
      this.#keepNoneUntilMs.delete(known);
    }
    return this.#keepNoneUntilMs.has(origin);
  }

  #popIdle(origin: PooledOrigin): Lane | undefined {
    const lane = origin.idle.pop();
    if (lane !== undefined) this.#making.open.occupy(lane);
    return lane;
  }
}
