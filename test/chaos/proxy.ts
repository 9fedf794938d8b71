import { hash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { CHECKOUT } from '../../src/engine/redis/scripts/checkout.ts';
import { CLAIM } from '../../src/engine/redis/scripts/claim.ts';
import { COUNTS } from '../../src/engine/redis/scripts/counts.ts';
import { OPEN } from '../../src/engine/redis/scripts/open.ts';
import { PUSH } from '../../src/engine/redis/scripts/push.ts';
import { RELEASE } from '../../src/engine/redis/scripts/release.ts';
import { SEAL } from '../../src/engine/redis/scripts/seal.ts';
import { SETTLE } from '../../src/engine/redis/scripts/settle.ts';
import { STRIKE } from '../../src/engine/redis/scripts/strike.ts';
import { SURVEY } from '../../src/engine/redis/scripts/survey.ts';
import { WAKE } from '../../src/engine/redis/scripts/wake.ts';

const SCRIPTS = { CHECKOUT, CLAIM, COUNTS, OPEN, PUSH, RELEASE, SEAL, SETTLE, STRIKE, SURVEY, WAKE };
const NAMES = new Map(Object.entries(SCRIPTS).map(([name, lua]) => [hash('sha1', lua, 'hex'), name.toLowerCase()]));
export const SETTLE_SHA = hash('sha1', SETTLE, 'hex');
const COMMAND = /\*\d+\r\n\$\d+\r\n([a-zA-Z]+)\r\n(?:\$40\r\n([0-9a-f]{40})\r\n)?/g;

/** Stands between the processes and Redis, and can fail in ways that neither of them can. */
export interface RedisProxy {
  url: string;
  /** Asked for each command that passes: true, and Redis executes it, but its reply is lost with the connection. */
  losesReplyTo: (command: string) => boolean;
  /** Replies lost, by command. */
  readonly lost: ReadonlyMap<string, number>;
  /** Cuts every connection there is. */
  reset(): void;
  /** For so long, nothing passes in these directions, and nobody is told. */
  swallow(directions: 'both' | 'to-redis' | 'from-redis', forMs: number): void;
  close(): Promise<void>;
}

export async function startProxy(redisPort: () => number): Promise<RedisProxy> {
  const lost = new Map<string, number>();
  const pairs = new Set<readonly [Socket, Socket]>();
  let swallowing = { directions: '', untilMs: 0 };
  const swallows = (direction: 'to-redis' | 'from-redis') =>
    performance.now() < swallowing.untilMs && (swallowing.directions === 'both' || swallowing.directions === direction);

  const server = createServer((client) => {
    const redis = connect(redisPort(), '127.0.0.1');
    const pair = [client, redis] as const;
    pairs.add(pair);
    let loses: string | undefined;
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      redis.destroy();
    };
    for (const socket of pair) socket.on('error', end).on('close', end).setNoDelay(true);
    client.on('data', (chunk) => {
      if (swallows('to-redis')) return;
      for (const command of commandsIn(chunk)) if (loses === undefined && proxy.losesReplyTo(command)) loses = command;
      redis.write(chunk);
    });
    redis.on('data', (chunk) => {
      if (swallows('from-redis')) return;
      if (loses === undefined) {
        client.write(chunk);
        return;
      }
      lost.set(loses, (lost.get(loses) ?? 0) + 1);
      end();
    });
  });
  const reset = () => {
    for (const [client, redis] of pairs) {
      client.resetAndDestroy();
      redis.destroy();
    }
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: RedisProxy = {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    losesReplyTo: () => false,
    lost,
    reset,
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

function commandsIn(chunk: Buffer): string[] {
  return [...chunk.toString('latin1').matchAll(COMMAND)].map(([, name, sha]) => {
    const command = (name as string).toLowerCase();
    return command !== 'evalsha' || sha === undefined ? command : (NAMES.get(sha) ?? 'bullmq-script');
  });
}
