import type { Redis } from 'ioredis';

/**
 * A connection and all its duplicates, which BullMQ makes for blocking commands. While Redis is away, BullMQ's `close` waits,
 * and may leave connections that keep the process alive by reconnecting. This class can end all of them.
 */
export class Connections {
  readonly #all = new Set<Redis>();

  constructor(first: Redis) {
    this.#track(first);
  }

  /** Ends all of them, within a second. Pending commands are rejected. */
  disconnect(): void {
    for (const redis of this.#all) redis.disconnect();
  }

  #track(redis: Redis): Redis {
    this.#all.add(redis);
    redis.once('end', () => this.#all.delete(redis));
    const duplicate = redis.duplicate.bind(redis);
    redis.duplicate = (override) => {
      const other = this.#track(duplicate(override));
      // The first connection already reports what is wrong with Redis.
      other.on('error', () => {});
      return other;
    };
    mendDisconnect(redis);
    return redis;
  }
}

/**
 * In ioredis 5.11, `disconnect` between two attempts to connect cancels the next one, and pending commands stay pending for
 * ever, which keeps BullMQ's timers alive. So let it make one more attempt, the last one.
 */
function mendDisconnect(redis: Redis): void {
  const disconnect = redis.disconnect.bind(redis);
  redis.disconnect = (reconnect = false) => {
    if (reconnect || redis.status !== 'reconnecting') {
      disconnect(reconnect);
      return;
    }
    redis.options.retryStrategy = () => null;
    redis.once('connect', () => disconnect());
  };
}
