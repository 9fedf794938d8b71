import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { readBatch } from '../src/engine/read-batch.ts';
import { Frontier } from '../src/engine/redis/frontier/frontier.ts';
import { keysFor } from '../src/engine/redis/keys.ts';
import { openRedisEngine } from '../src/engine/redis/redis-engine.ts';
import { silentLog } from '../src/model/log.ts';
import { parseRunOptions } from '../src/options/run-options-schema.ts';
import { seededRandom } from '../test/chaos/seeded-random.ts';
import { startRedisServer } from '../test/helpers/redis-server.ts';

/**
 * Measures the figures of docs/scale.md, each on its own Redis: `tsx benchmarks/scale.ts waiting 100000 1`, `queued 1000000`, `full 30`, `workers 4 40000`.
 * `queued` and `workers` run the built program, so run `npm run build` first.
 */
const here = import.meta.dirname;
const MAIN = join(here, '..', 'dist', 'cli', 'main.js');
const BATCH = 1_000;
/** A little less than the engine's bound of 500,000 entries, so that no batch has to wait. */
const MAX_WAITING = 499_000;
const [what = '', ...sizes] = process.argv.slice(2);
const [first = 0, second = 0] = sizes.map(Number);

const MEASURES: Readonly<Record<string, () => Promise<void>>> = {
  waiting: () => waiting(first, second),
  queued: () => queued(first),
  full: () => full(first),
  workers: () => workers(first, second),
};
const measure = MEASURES[what];
if (measure === undefined) throw new Error(`give one of ${Object.keys(MEASURES).join(', ')}, and its sizes`);
await measure();

async function withRedis(
  args: string[],
  use: (url: string, info: (field: string) => Promise<number>, redis: Redis) => Promise<void>,
): Promise<void> {
  const server = await startRedisServer({ args });
  const redis = new Redis(server.url);
  const info = async (field: string) => Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(await redis.info('all'))?.[1]);
  try {
    await use(server.url, info, redis);
  } finally {
    redis.disconnect();
    await server.stop();
  }
}

/** Measures Redis's memory for each URL that waits in the frontier, with `perOrigin` URLs on each origin. 0 means that one origin has all of them. */
async function waiting(urls: number, perOrigin: number): Promise<void> {
  await withRedis([], async (_, info, redis) => {
    const frontier = new Frontier(redis, keysFor('scale'));
    const options = parseRunOptions({});
    await frontier.open('r', options);
    const before = await info('used_memory');
    const site = (index: number) => (perOrigin === 0 ? 'one' : Math.floor(index / perOrigin));
    for (let number = 0; number * BATCH < urls; number++) {
      const lines = Array.from({ length: BATCH }, (_, index) => {
        const id = number * BATCH + index;
        return `https://www.site-${site(id)}.example/section/page-${id}.html`;
      });
      const { entries } = readBatch('r', { number, firstLine: number * BATCH + 1, lines }, options, Date.now(), 'refuse');
      await frontier.push('r', number, 'd'.repeat(40), entries, []);
    }
    const all = ((await info('used_memory')) - before) / urls;
    await frontier.forgetSeen('r');
    const withoutSeen = ((await info('used_memory')) - before) / urls;
    console.log(
      `${urls} URLs, ${perOrigin} an origin: ${all.toFixed(1)} bytes a URL; ${(all - withoutSeen).toFixed(1)} of them to know it again`,
    );
  });
}

/** Enqueues a list with `trawl enqueue` while no worker is running. Measures its time, its memory and Redis's memory. */
async function queued(lines: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'trawl-scale-'));
  const file = createWriteStream(join(folder, 'urls.txt'));
  const random = lineMaker();
  let chars = 0;
  for (let from = 0; from < lines; from += BATCH) {
    const text = `${Array.from({ length: BATCH }, random).join('\n')}\n`;
    chars += text.length;
    if (!file.write(text)) await once(file, 'drain');
  }
  await new Promise((resolve) => file.end(resolve));
  try {
    await withRedis(['--appendonly', 'yes'], async (url, info) => {
      const before = await info('used_memory');
      const startMs = performance.now();
      const producer = spawn(process.execPath, [MAIN, 'enqueue', '--redis', url, join(folder, 'urls.txt')], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      let mostRss = 0;
      const watch = setInterval(() => {
        mostRss = Math.max(mostRss, rssOf(producer.pid as number));
      }, 200);
      const [code] = await once(producer, 'close');
      clearInterval(watch);
      const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
      const bytes = (await info('used_memory')) - before;
      console.log(
        `${lines} lines of ${(chars / lines).toFixed(1)} characters: exit ${code} after ${seconds} s, RSS ${Math.round(mostRss / 1e6)} MB; ` +
          `Redis ${(bytes / 1e6).toFixed(1)} MB, ${(bytes / lines).toFixed(1)} bytes a line; append-only file ${((await info('aof_current_size')) / 1e6).toFixed(1)} MB`,
      );
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Measures what one worker writes to the append-only file while its run's frontier is full and nothing moves. */
async function full(seconds: number): Promise<void> {
  await withRedis(['--appendonly', 'yes', '--auto-aof-rewrite-percentage', '0'], async (url, info) => {
    const engine = await openRedisEngine({ url, prefix: 'scale', patience: 'always' }, silentLog);
    const run = await engine.openRun(parseRunOptions({}));
    await engine.pause(run);
    const stop = new AbortController();
    const working = engine.work(async () => {}, { concurrency: 10, drainMs: 0, worker: 'w' }, stop.signal);
    const random = lineMaker();
    for (let number = 0; number < 540; number++) {
      await engine.submit(run, { number, firstLine: number * BATCH + 1, lines: Array.from({ length: BATCH }, random) });
    }
    while ((await engine.counts(run)).accepted < MAX_WAITING) await sleep(200);
    await sleep(2_000);
    const { accepted, settled } = await engine.counts(run);
    const [before, startMs] = [await info('aof_current_size'), performance.now()];
    await sleep(seconds * 1_000);
    const rate = ((await info('aof_current_size')) - before) / ((performance.now() - startMs) / 1_000);
    console.log(`${accepted - settled} URLs wait in the frontier: ${rate.toFixed(0)} bytes a second`);
    stop.abort();
    await working;
    await engine.close();
  });
}

/** Measures the URLs a second of `count` worker processes on one Redis, against a server on this machine. */
async function workers(count: number, urls: number): Promise<void> {
  const target = spawn(process.execPath, ['--import', 'tsx', join(here, 'target-server.ts')], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const [port] = (await once(target.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  try {
    await withRedis([], async (url, info) => {
      const engine = await openRedisEngine({ url, prefix: 'scale', patience: 'always' }, silentLog);
      const run = await engine.openRun(parseRunOptions({ hostConcurrency: 1_000 }));
      for (let number = 0; number * BATCH < urls; number++) {
        const lines = Array.from({ length: BATCH }, (_, index) => `http://127.0.${number & 255}.1:${Number(port)}/${index}`);
        await engine.submit(run, { number, firstLine: number * BATCH + 1, lines });
      }
      await engine.seal(run, Math.ceil(urls / BATCH));
      const args = [MAIN, 'worker', '--redis', url, '--prefix', 'scale', '--concurrency', '20', '-q'];
      const processes = Array.from({ length: count }, () => spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] }));
      const settled = async () => (await engine.counts(run)).settled;
      while ((await settled()) < urls / 10) await sleep(50);
      const [from, startMs, startCpu] = [await settled(), performance.now(), await info('used_cpu_user')];
      while ((await settled()) < urls) await sleep(50);
      const seconds = (performance.now() - startMs) / 1_000;
      const cpu = ((await info('used_cpu_user')) - startCpu) / seconds;
      console.log(`${count} workers: ${Math.round((urls - from) / seconds)} URLs a second; Redis used ${cpu.toFixed(2)} of a core`);
      for (const child of processes) child.kill('SIGTERM');
      await Promise.all(processes.map((child) => once(child, 'close')));
      await engine.close();
    });
  } finally {
    target.kill();
  }
}

function rssOf(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024;
  } catch {
    return 0;
  }
}

/** Makes lines like those of a shuffled list: 20,000 hosts, paths of one to four words, half of them with a number. */
function lineMaker(): () => string {
  const words =
    'about news article product category blog post help support docs api guide reference download gallery profile search archive tag review'.split(
      ' ',
    );
  const endings = ['com', 'org', 'net', 'de', 'co.uk'];
  const random = seededRandom(1);
  const word = () => words[random.between(0, words.length - 1)] as string;
  return () => {
    const host = random.between(0, 19_999);
    const path = Array.from({ length: random.between(1, 4) }, word).join('/');
    const page = random.between(0, 1) === 0 ? '' : `/${random.between(0, 999_999)}.html`;
    return `https://www.${words[host % words.length]}-${words[(host >> 5) % words.length]}${host}.${endings[host % 5]}/${path}${page}`;
  };
}
