import { Lane, type LaneMaking, type LaneOrigin } from './lane.ts';
import type { OpenLanes } from './open-lanes.ts';
import { bareHostname } from './private-reach.ts';
import type { HttpProxy } from './proxy.ts';

/** An origin with its lanes: all of them, and those that can be taken, the one that rested last at the end. */
export interface PooledOrigin extends LaneOrigin {
  /** As WHATWG serialises it: IPv6 in brackets. */
  readonly urlHostname: string;
  lanes: Set<Lane>;
  idle: Lane[];
}

/** How a pool's connections are made, and through which proxy. */
export interface PoolMaking extends LaneMaking {
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
      lanes: new Set(),
      idle: [],
    };
  }

  /** A lane for one request: the one that rested last, if it has not rested for longer, or a new one. Give it back by `release` or `discard`. */
  acquire(origin: PooledOrigin, maxRestedMs: number): Lane {
    const kept = origin.idle.at(-1);
    if (kept !== undefined && (maxRestedMs === Number.POSITIVE_INFINITY || kept.restedMs <= maxRestedMs)) {
      origin.idle.pop();
      this.#making.open.occupy(kept);
      return kept;
    }
    this.#making.open.add();
    const lane = new Lane(origin, this.#making, (closed) => this.discard(closed));
    if (origin.lanes.size === 0) this.#origins.set(origin.origin, origin);
    origin.lanes.add(lane);
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

  close(): void {
    for (const { lanes } of [...this.#origins.values()]) for (const lane of [...lanes]) this.discard(lane);
  }
}
