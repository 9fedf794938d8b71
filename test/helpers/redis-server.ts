import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findRedisBinary } from './redis-binary.ts';
import { scaledMs } from './until.ts';
import { endWithThisProcess } from './watchdog.ts';

const START_DEADLINE_MS = scaledMs(60_000);
const ATTEMPTS = 5;

/** A Redis for tests. It is started here and ends with this process, however that ends. */
export interface RedisServer {
  url: string;
  port: number;
  dir: string;
  pid: number;
  /** Shuts it down, and removes its folder unless the caller provided it. May be called again. */
  stop(): Promise<void>;
  /** Kills it, like a crash (SIGKILL). The folder stays until `stop`, so that another server can be started on the same data. */
  kill(): Promise<void>;
}

export interface RedisServerOptions {
  /** More arguments, such as `['--appendonly', 'yes']`. */
  args?: string[];
  /** Its working folder. Default: a temporary folder that `stop` removes. */
  dir?: string;
  /** Default: a free port. */
  port?: number;
  /** For a Sentinel, its configuration file. */
  sentinelConfig?: string;
  /** The program. Default: the one that `findRedisBinary` finds. */
  binary?: string;
}

/** Starts a Redis on 127.0.0.1 with `noeviction` and without persistence, and resolves when it answers. */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const binary = options.binary ?? findRedisBinary();
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'trawl-redis-'));
  let problem = 'it cannot be run';
  for (let attempt = 0; attempt < (options.port === undefined ? ATTEMPTS : 1); attempt++) {
    const port = options.port ?? (await freePort());
    const child = spawn(binary, serverArguments(port, dir, options), { stdio: 'ignore', detached: true });
    child.unref();
    child.on('error', () => {});
    if (child.pid === undefined) break;
    endWithThisProcess(child, options.dir === undefined ? dir : '');
    if (await answers(child, port)) return running(child, child.pid, port, dir, options.dir === undefined);
    if (isAlive(child)) await end(child, 'SIGKILL');
    problem = logTail(dir);
  }
  if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
  throw new Error(`${binary} did not start:\n${problem}`);
}

/** The Redis that all tests of this run share. Throws if there is none. */
export function testRedisUrl(): string {
  const url = process.env.TRAWL_TEST_REDIS_URL;
  if (!url) throw new Error('TRAWL_TEST_REDIS_URL is not set: run the tests with "npm test -- FILE", which starts a Redis for them');
  return url;
}

let ownServer: Promise<RedisServer> | undefined;

/** The shared Redis or, for a test file that is run by itself, one that this process starts and that ends with it. */
export async function testRedis(): Promise<string> {
  if (process.env.TRAWL_TEST_REDIS_URL) return process.env.TRAWL_TEST_REDIS_URL;
  ownServer ??= startRedisServer();
  return (await ownServer).url;
}

function serverArguments(port: number, dir: string, { args: more = [], sentinelConfig }: RedisServerOptions): string[] {
  const log = join(dir, 'redis.log');
  const own = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--logfile', log, '--daemonize', 'no'];
  if (sentinelConfig !== undefined) return [sentinelConfig, '--sentinel', ...own, ...more];
  return [...own, '--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction', ...more];
}

function running(child: ChildProcess, pid: number, port: number, dir: string, removeDir: boolean): RedisServer {
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    dir,
    pid,
    stop: async () => {
      await end(child, 'SIGTERM');
      if (removeDir) rmSync(dir, { recursive: true, force: true });
    },
    kill: () => end(child, 'SIGKILL'),
  };
}

function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (!isAlive(child)) return;
  child.ref();
  const exited = once(child, 'exit');
  child.kill(signal);
  // A stopped (SIGSTOP) server never sees SIGTERM.
  const force = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exited;
  clearTimeout(force);
}

/** True when this process answers on the port. False if it has ended or did not answer in time. */
async function answers(child: ChildProcess, port: number): Promise<boolean> {
  const deadlineMs = performance.now() + START_DEADLINE_MS;
  while (isAlive(child) && performance.now() < deadlineMs) {
    // Another program may have taken the port in between: only our own process id counts.
    if ((await serverInfo(port)).includes(`process_id:${child.pid}\r\n`)) return true;
    await delay(20);
  }
  return false;
}

/** The reply to `INFO server`, or '' if nothing answers. While a server loads its data, the reply is an error, so it does not count as an answer yet. */
function serverInfo(port: number): Promise<string> {
  return new Promise((resolve) => {
    let reply = '';
    const socket = connect(port, '127.0.0.1', () => socket.write('INFO server\r\nPING\r\nQUIT\r\n'));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.setEncoding('utf8');
    socket.on('data', (text) => {
      reply += text;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(reply.includes('+PONG') ? reply : ''));
  });
}

/** A port on which nothing listens at the moment. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

function logTail(dir: string): string {
  try {
    return readFileSync(join(dir, 'redis.log'), 'utf8').split('\n').slice(-15).join('\n');
  } catch {
    return '(it left no log)';
  }
}
