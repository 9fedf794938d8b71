import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { commandName } from './command-names.ts';
import { RespFrames } from './resp-frames.ts';

/** Stands between the processes and Redis, and can fail in ways that they cannot. */
export interface RedisProxy {
  url: string;
  /** Asked for each command that passes. If true, Redis executes it, but its reply is lost with the connection. */
  losesReplyTo: (command: string) => boolean;
  /** Called when a reply was lost. */
  onLost: (command: string) => void;
  /** Commands that were answered, by name, and replies that were lost. */
  readonly passed: ReadonlyMap<string, number>;
  readonly lost: ReadonlyMap<string, number>;
  /** Cuts every open connection. */
  reset(): void;
  /** For this long, nothing passes in these directions, and nothing signals an error. */
  swallow(directions: 'both' | 'to-redis' | 'from-redis', forMs: number): void;
  close(): Promise<void>;
}

export async function startProxy(redisPort: () => number): Promise<RedisProxy> {
  const passed = new Map<string, number>();
  const lost = new Map<string, number>();
  const pairs = new Set<readonly [Socket, Socket]>();
  let swallowing = { directions: '', untilMs: 0 };
  const swallows = (direction: 'to-redis' | 'from-redis') =>
    performance.now() < swallowing.untilMs && (swallowing.directions === 'both' || swallowing.directions === direction);

  const server = createServer((client) => {
    const redis = connect(redisPort(), '127.0.0.1');
    const pair = [client, redis] as const;
    pairs.add(pair);
    const commands = new RespFrames();
    const replies = new RespFrames();
    /** Commands without a reply yet, in order, because Redis answers in order. */
    const asked: Array<{ name: string; isLost: boolean }> = [];
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      redis.destroy();
    };
    for (const socket of pair) socket.on('error', end).on('close', end).setNoDelay(true);
    client.on('data', (chunk) => {
      if (swallows('to-redis')) return;
      for (const { words } of commands.feed(chunk)) {
        const name = commandName(words);
        asked.push({ name, isLost: proxy.losesReplyTo(name) });
      }
      redis.write(chunk);
    });
    redis.on('data', (chunk) => {
      let sent = 0;
      for (const { end: replyEnd } of replies.feed(chunk)) {
        const { name, isLost } = asked.shift() ?? { name: '', isLost: false };
        count(isLost ? lost : passed, name);
        if (isLost) {
          proxy.onLost(name);
          // Replies to earlier commands arrive.
          client.end(chunk.subarray(0, sent));
          setImmediate(end);
          return;
        }
        sent = replyEnd;
      }
      if (!swallows('from-redis')) client.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: RedisProxy = {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    losesReplyTo: () => false,
    onLost: () => {},
    passed,
    lost,
    reset() {
      for (const [client, redis] of pairs) {
        client.resetAndDestroy();
        redis.destroy();
      }
    },
    swallow(directions, forMs) {
      swallowing = { directions, untilMs: performance.now() + forMs };
    },
    async close() {
      server.close();
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      await once(server, 'close');
    },
  };
  return proxy;
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
