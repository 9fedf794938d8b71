import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedisServer } from '../test/helpers/redis-server.ts';
import type { Result, Task } from './contender.ts';
import { listOf, type Shape } from './shapes.ts';

/**
 * `npm run bench [-- --deep N --wide N --rounds N]`: the engines against a bare loop and against plain BullMQ, on one loopback server in another process. Rounds
 * alternate between the contenders, and what counts is the ratio within the run: these numbers depend on the machine, and on what else it does.
 */
const here = import.meta.dirname;
const CONCURRENCY = 10;

interface Contender {
  name: string;
  file: string;
  args?: string[];
  needs?: string;
}

const CONTENDERS: Contender[] = [
  { name: 'bare undici dispatch', file: 'bare-dispatch.ts' },
  { name: 'trawl, memory engine', file: 'memory-engine.ts' },
  { name: 'trawl, redis engine', file: 'redis-engine.ts' },
  { name: 'plain BullMQ, a job per URL', file: 'plain-bullmq.ts' },
  { name: 'curl --parallel', file: 'command.ts', args: ['curl'], needs: 'curl' },
  { name: 'wget2', file: 'command.ts', args: ['wget2'], needs: 'wget2' },
];

const size = (name: string, fallback: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? fallback : Number(process.argv[at + 1]);
};

const rounds = size('rounds', 3);
const work = mkdtempSync(join(tmpdir(), 'trawl-bench-'));
const server = fork(join(here, 'target-server.ts'), { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
try {
  const port = await firstLine(server);
  const report: Record<string, unknown>[] = [];
  for (const [shape, count] of [
    ['deep', size('deep', 100_000)],
    ['wide', size('wide', 10_000)],
  ] as const) {
    if (count > 0) report.push(...(await race(shape, count, port)));
  }
  mkdirSync(join(here, 'results'), { recursive: true });
  const file = join(here, 'results', 'latest.json');
  const machine = { node: process.version, cpus: cpus().length, model: cpus()[0]?.model };
  writeFileSync(file, `${JSON.stringify({ machine, concurrency: CONCURRENCY, rounds, results: report }, null, 2)}\n`);
  console.log(`\nas JSON: ${file}`);
} finally {
  server.kill();
  rmSync(work, { recursive: true, force: true });
}

async function race(shape: Shape, count: number, port: number): Promise<Record<string, unknown>[]> {
  const listFile = join(work, `${shape}.txt`);
  const urls = [...listOf(shape, count, port)];
  writeFileSync(listFile, `${urls.join('\n')}\n`);
  writeFileSync(`${listFile}.curl`, urls.map((url) => `url = "${url}"\noutput = /dev/null\n`).join(''));
  const runners = CONTENDERS.filter(({ needs }) => needs === undefined || spawnSync('which', [needs]).status === 0);
  const results = new Map<string, Result[]>(runners.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of runners) results.get(contender.name)?.push(await run(contender, listFile));
  }
  return table(shape, count, results);
}

async function run({ file, args = [] }: Contender, listFile: string): Promise<Result> {
  const redis = await startRedisServer();
  try {
    const task: Task = { listFile, concurrency: CONCURRENCY, redisUrl: redis.url };
    const command = ['--import', 'tsx', join(here, 'contenders', file), JSON.stringify(task), ...args];
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    await once(child, 'close');
    const result = /^RESULT (.*)$/m.exec(output)?.[1];
    if (result === undefined) throw new Error(`${file} gave no result: ${output}`);
    return JSON.parse(result) as Result;
  } finally {
    await redis.stop();
  }
}

/** Prints the medians, and the ratios to the bare loop and to plain BullMQ. */
function table(shape: Shape, count: number, results: Map<string, Result[]>): Record<string, unknown>[] {
  const rate = (name: string) => median((results.get(name) ?? []).map(({ urls, seconds }) => urls / seconds));
  const bare = rate('bare undici dispatch');
  const plain = rate('plain BullMQ, a job per URL');
  console.log(
    `\n${shape}: ${count} URLs, ${shape === 'deep' ? 'one origin' : 'an origin each'}, ${CONCURRENCY} at a time, median of ${rounds}\n`,
  );
  console.log(`${''.padEnd(30)}${'URLs/s'.padStart(9)}${'CPU us/URL'.padStart(12)}${'x bare'.padStart(9)}${'x BullMQ'.padStart(10)}`);
  return [...results].map(([name, runs]) => {
    const urlsPerSecond = rate(name);
    const cpuUs = median(runs.map(({ cpuSeconds, urls }) => (cpuSeconds * 1e6) / urls));
    const ownCpu = !name.startsWith('curl') && name !== 'wget2';
    const cells = [
      Math.round(urlsPerSecond),
      ownCpu ? cpuUs.toFixed(1) : '-',
      (urlsPerSecond / bare).toFixed(2),
      (urlsPerSecond / plain).toFixed(2),
    ];
    console.log(name.padEnd(30) + cells.map((cell, index) => String(cell).padStart([9, 12, 9, 10][index] as number)).join(''));
    return {
      shape,
      count,
      name,
      urlsPerSecond,
      cpuUs: ownCpu ? cpuUs : undefined,
      ofBare: urlsPerSecond / bare,
      ofPlainBullmq: urlsPerSecond / plain,
      runs,
    };
  });
}

function median(values: number[]): number {
  const ordered = [...values].sort((a, b) => a - b);
  return ordered[Math.floor(ordered.length / 2)] ?? Number.NaN;
}

async function firstLine(child: ChildProcess): Promise<number> {
  const [chunk] = (await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data')) as [Buffer];
  return Number(chunk.toString());
}
