import type { Redis } from 'ioredis';

/**
 * A connection and all that are duplicated from it, as BullMQ does for commands that block. While Redis is away BullMQ's `close` waits for it, and may leave connections that look for it and
 * keep the process alive; here all of them can be let go of.
 */
export class Connections {
  readonly #all = new Set<Redis>();

  constructor(first: Redis) {
    this.#track(first);
  }

  /** Lets go of all of them, within a second. Commands under way are rejected. */
  disconnect(): void {
    for (const redis of this.#all) redis.disconnect();
  }

  #track(redis: Redis): Redis {
    this.#all.add(redis);
    redis.once('end', () => this.#all.delete(redis));
    const duplicate = redis.duplicate.bind(redis);
    redis.duplicate = (override) => {
      const other = this.#track(duplicate(override));
      // What is wrong with Redis is told once, by the first connection.
      other.on('error', () => {});
      return other;
    };
    mendDisconnect(redis);
    return redis;
  }
}

/**
 * In ioredis 5.11, `disconnect` between two attempts to connect cancels the next one, and leaves the commands under way for ever, and with them BullMQ's timers. So there is
 * one more attempt, and it is the last.
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
