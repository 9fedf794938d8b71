import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { startRedisServer } from '../test/helpers/redis-server.ts';
import { CASES, type Case } from './cases.ts';
import { chart } from './chart.ts';
import { type Contender, type Entrant, entrants } from './contenders.ts';
import { type CaseResult, type Results, resultTables } from './results.ts';
import type { Target } from './target-server.ts';
import { type Timed, timed } from './timed.ts';

/**
 * `npm run bench [-- OPTIONS]`: compares Trawl with other clients on the same lists, as whole commands, including the report. Each round starts every contender once, so compare only figures of the same run.
 *
 *     --rounds N     3
 *     --only CASES   such as deep,site
 *     --CASE N       the number of URLs of a case, such as --deep 40000
 *     --folder DIR   crawl this folder of HTML as the site
 *     --publish      write the results into docs/
 *     --smoke        few URLs, one round: checks that everything works, without useful figures
 *     --json FILE    benchmarks/results/latest.json
 *     --trawl FILE   the built command: dist/cli/main.js
 */
const ROOT = resolve(import.meta.dirname, '..');
const PAGE = join(ROOT, 'docs/benchmarks.md');
const PICTURE = join(ROOT, 'docs/images/benchmarks.svg');
const PUBLISHED = /(?<=<!-- results -->\n)[\s\S]*?(?=\n<!-- \/results -->)/;

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const { values: options } = parseArgs({
  options: {
    ...Object.fromEntries(CASES.map(({ name }) => [name, text])),
    rounds: text,
    only: text,
    folder: text,
    json: { ...text, default: join(ROOT, 'benchmarks/results/latest.json') },
    trawl: { ...text, default: join(ROOT, 'dist/cli/main.js') },
    publish: flag,
    smoke: flag,
  },
});
const only = options.only?.split(',') ?? CASES.map(({ name }) => name);
for (const name of only) if (!CASES.some((race) => race.name === name)) throw new Error(`--only ${name}: there is no such case`);
const rounds = wholeNumber('rounds', options.rounds ?? (options.smoke ? 1 : 3));
const races = CASES.filter(({ name }) => only.includes(name)).flatMap((race) => {
  const given = (options as Record<string, unknown>)[race.name] ?? (options.smoke ? race.smokeCount : race.count);
  return given === undefined ? [] : [{ ...race, count: wholeNumber(race.name, given) }];
});
if (!existsSync(options.trawl)) throw new Error(`${options.trawl} is missing: npm run build`);

const work = mkdtempSync(join(tmpdir(), 'trawl-bench-'));
const removeWork = () => rmSync(work, { recursive: true, force: true });
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    removeWork();
    process.exit(1);
  });
}
const folder = join(work, 'run');
const pages = races.find(({ isSite }) => isSite)?.count ?? 0;
const siteArguments = [String(pages), ...(options.folder ? [resolve(options.folder)] : [])];
const server = fork(join(import.meta.dirname, 'target-server.ts'), siteArguments);
const serverEnds = once(server, 'exit').then(() => {
  throw new Error('the target server ended');
});
serverEnds.catch(() => {});
const redis = await startRedisServer();
const store = new Redis(redis.url);
try {
  const target = await message<Target>();
  const all = entrants(resolve(options.trawl), work);
  const missing = Object.fromEntries(all.flatMap((entrant) => ('missing' in entrant ? [[entrant.name, entrant.missing]] : [])));
  const { model = 'unknown' } = cpus()[0] ?? {};
  const about = { date: new Date().toISOString(), node: process.version, cpus: cpus().length, cpu: model, load: loadavg()[0] ?? 0, rounds };
  const cases: CaseResult[] = [];
  for (const race of races) cases.push(await run(race, all, target));
  report({ ...about, cases, missing });
} finally {
  server.disconnect();
  store.disconnect();
  await redis.stop();
  removeWork();
}

function wholeNumber(name: string, given: unknown): number {
  const value = Number(given);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} ${given}: give a whole number from 1`);
  return value;
}

async function run(race: Case, all: readonly Entrant[], target: Target): Promise<CaseResult> {
  const urls = Array.from({ length: race.isSite ? 1 : race.count }, (_, index) => race.url(index, target));
  const [listFile, curlFile] = [join(work, `${race.name}.txt`), join(work, `${race.name}.curl`)];
  writeFileSync(listFile, `${urls.join('\n')}\n`);
  writeFileSync(curlFile, urls.map((url) => `url = "${url}"\noutput = /dev/null\n`).join(''));
  const task = { race, listFile, curlFile, redisUrl: redis.url, folder, ...(race.hasNames && { resolver: target.dns }) };
  const runners = all.flatMap((entrant) => {
    const command = 'missing' in entrant ? undefined : entrant.command(task);
    return 'missing' in entrant || command === undefined
      ? []
      : [{ contender: entrant, command, times: [] as Timed[], fetched: race.count }];
  });
  for (let round = 0; round < rounds; round++) {
    for (const runner of runners) {
      process.stderr.write(`${race.name}, round ${round + 1}: ${runner.contender.name}\n`);
      runner.times.push(await timeOnce(runner.command));
      const served = await takeServed();
      check(race, runner.contender, served, runner.times.at(-1)?.stderr ?? '');
      if (race.isSite) runner.fetched = served;
    }
  }
  const contenders = runners.map(({ contender: { name }, times, fetched }) => {
    const seconds = median(times.map((time) => time.seconds));
    const cpuUsPerUrl = (median(times.map((time) => time.cpuSeconds)) * 1e6) / fetched;
    return { name, seconds, urlsPerSecond: fetched / seconds, cpuUsPerUrl };
  });
  const { name, title, count, concurrency, isCharted = false } = race;
  return { name, title, count, concurrency, isCharted, contenders };
}

async function timeOnce(command: readonly string[]): Promise<Timed> {
  mkdirSync(folder);
  await store.flushall();
  try {
    return await timed(command, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Fails if a contender did not fetch all URLs, because its time would be meaningless. */
function check(race: Case, { name, isIdle = false }: Contender, served: number, stderr: string): void {
  const least = isIdle ? 0 : (race.reachable?.(race.count) ?? race.count);
  if (served < least && !(race.isSite && options.folder))
    throw new Error(`${race.name}: ${name} fetched ${served} of ${least} URLs. ${stderr}`);
}

function report(results: Results): void {
  const tables = resultTables(results);
  console.log(`\n${tables}`);
  mkdirSync(dirname(options.json), { recursive: true });
  writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
  console.log(`As JSON: ${options.json}`);
  if (!options.publish) return;
  writeFileSync(
    PAGE,
    readFileSync(PAGE, 'utf8').replace(PUBLISHED, () => `\n${tables}`),
  );
  writeFileSync(PICTURE, chart(results));
  console.log(`Published in ${PAGE} and ${PICTURE}`);
}

async function takeServed(): Promise<number> {
  const reply = message<number>();
  server.send('served');
  return reply;
}

async function message<T>(): Promise<T> {
  return (await Promise.race([once(server, 'message'), serverEnds]))[0] as T;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
