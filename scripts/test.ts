/**
 * `npm test [-- FILE | FOLDER | WORD …] [--node-option …]`: runs tests on one Redis that it finds or starts, and stops again.
 *
 * Without a name it runs the core: every file but `*.slow.test.ts`. `npm run test:all` runs those too. A name runs the files that it matches, slow or not.
 * `--times` shows the files that took longest.
 * Fails if a test failed, if no test ran, if a file has none, or after `TRAWL_TEST_TIMEOUT_MS`. Never reads .env or REDIS_URL.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Redis } from 'ioredis';
import { findRedisBinary } from '../test/helpers/redis-binary.ts';
import { type RedisServer, startRedisServer } from '../test/helpers/redis-server.ts';
import { endWithThisProcess } from '../test/helpers/watchdog.ts';
import { findTestFiles } from './find-test-files.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COMPILED = join(ROOT, 'dist-test');
const LOADER = new URL('compiled.js', import.meta.url).href;
const SIGNAL_EXIT = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
/**
 * Files that need a process of their own: they measure the heap, or change what a whole process shares.
 * All other files share processes, because a process costs more CPU to start than the tests of most files.
 */
const OWN_PROCESS =
  /(?:^test\/(?:parse\/links\/memory|parse\/sitemap\/read-sitemap|util\/key-map|producer\/sources\/list)|\.slow)\.test\.ts$/;
/** The slow files that take longest, the longest first (`npm run test:all -- --times`). */
const LONGEST: readonly string[] = [
  'test/faults/redis-failover',
  'test/chaos/chaos',
  'test/package/packed',
  'test/report/report-heap',
  'test/cli/redis-access',
  'test/faults/redis-away',
  'test/cli/records',
  'test/cli/schedule',
  'test/faults/redis-refuses',
  'test/cli/collectors',
  'test/processes/lent-visits',
  'test/faults/backpressure',
  'test/cli/continue',
  'test/cli/watch-redis',
  'test/cli/cluster',
].map((name) => `${name}.slow.test.ts`);
/** A run of fewer files than this gives each file a process of its own. */
const LEAST_GROUPED = 16;
/** Three times the processors of a small machine: most of the time the files wait, for deadlines, locks and processes. */
const FILES_AT_ONCE = 6;
/** For an idle machine, as all limits here. They end what hangs: `test-linger.js` and the tests' own deadlines strike first and say more. */
const FILE_TIMEOUT_MS = 900_000;
/** Node 24 waits for ever for a file whose tests are over but whose process does not end: this ends it, and node names the file. */
const RUN_TIMEOUT_MS = 2_400_000;
/** How many files `--times` shows. */
const SHOWN_TIMES = 40;
/** What it takes to start node on an idle machine. */
const IDLE_START_MS = 60;
/** So that a hang is noticed within an hour on any machine. */
const MOST_SLOWNESS = 10;

const say = (text: string) => process.stderr.write(`${text}\n`);

async function main(args: string[]): Promise<number> {
  const options = args.filter((arg) => arg.startsWith('-') && arg !== '--all' && arg !== '--times');
  const patterns = args.filter((arg) => !arg.startsWith('-'));
  const files = findTestFiles(ROOT, patterns, { all: args.includes('--all') });
  const slowness = measureSlowness();
  const stop = new AbortController();
  const runTimeoutMs = Number(process.env.TRAWL_TEST_TIMEOUT_MS) || RUN_TIMEOUT_MS * slowness;
  const tooLong = AbortSignal.timeout(runTimeoutMs);
  tooLong.addEventListener('abort', () => say(`tests: stopped, not done after ${runTimeoutMs / 1_000} s`));
  let signalled = 0;
  for (const [signal, code] of Object.entries(SIGNAL_EXIT)) {
    process.on(signal, () => {
      signalled = code;
      stop.abort();
    });
  }
  const { command, redis } = await prepare();
  try {
    const given = { redis, slowness, main: command.main };
    const wanted = { options, showsTimes: args.includes('--times') };
    if (signalled === 0) return await runTests(files, wanted, given, AbortSignal.any([stop.signal, tooLong]));
    return signalled;
  } finally {
    await redis.server?.stop();
    rmSync(command.folder, { recursive: true, force: true });
    if (signalled !== 0) process.exitCode = signalled;
  }
}

async function prepare() {
  const bundling = bundleCommand();
  try {
    await compile();
    return { command: await bundling, redis: await obtainRedis() };
  } catch (error) {
    await bundling.then(({ folder }) => rmSync(folder, { recursive: true, force: true }));
    throw error;
  }
}

/** How many times longer than on an idle machine a process takes to start here, from 1 to `MOST_SLOWNESS`: deadlines are multiplied by it. */
function measureSlowness(): number {
  const startsMs = Array.from({ length: 3 }, () => {
    const fromMs = performance.now();
    execFileSync(process.execPath, ['--eval', '']);
    return performance.now() - fromMs;
  });
  const slowness = Math.max(...startsMs) / IDLE_START_MS;
  return Math.min(MOST_SLOWNESS, Math.max(1, Math.round(slowness * 10) / 10));
}

/**
 * Processes start twice as fast from JavaScript, those of the command line and the test files. Not into `dist`, which a test packs.
 * Only what has changed is written: tests of another `npm test` in this folder may be running from it.
 */
async function compile(): Promise<void> {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  const sources = pathToFileURL(ROOT).href;
  await runNode([tsc, '-p', 'tsconfig.test.json', '--sourceRoot', sources]);
  // Programs that run from there read the Lua scripts beside their modules.
  const scripts = 'src/engine/redis/frontier/scripts';
  for (const name of readdirSync(join(ROOT, scripts)).filter((file) => file.endsWith('.lua'))) {
    const link = join(COMPILED, scripts, name);
    if (!existsSync(link)) symlinkSync(join(ROOT, scripts, name), link);
  }
}

/**
 * The command as it is in the package, for tests that start it: bundled, it takes half the time. Each run has a bundle of its own, in a folder from which packages of the project are found, because one
 * that is written anew fails the tests that are using it.
 */
async function bundleCommand(): Promise<{ folder: string; main: string }> {
  mkdirSync(COMPILED, { recursive: true });
  const folder = mkdtempSync(join(COMPILED, 'bundle-'));
  // The command finds the program of its map processes by this name (`ownProgram`).
  const dist = join(folder, 'dist');
  await runNode([join(ROOT, 'scripts/bundle.js'), join(dist, 'cli')]);
  symlinkSync(join(COMPILED, 'src/worker'), join(dist, 'worker'));
  return { folder, main: join(dist, 'cli/main.js') };
}

async function runNode(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${args[0]} failed`);
}

/** What the caller asks for: options of node, and the files that took longest at the end. */
type Wanted = { options: readonly string[]; showsTimes: boolean };
/** What the test files are given. */
type Surroundings = { redis: TestRedis; slowness: number; main: string };
type TestRedis = { url: string; binary?: string; server?: RedisServer };

async function obtainRedis(): Promise<TestRedis> {
  const url = process.env.TRAWL_TEST_REDIS_URL;
  if (url && process.env.TRAWL_TEST_REDIS !== 'unpack') {
    await mustAnswer(url);
    say('tests: on the Redis of TRAWL_TEST_REDIS_URL');
    return { url };
  }
  const binary = findRedisBinary();
  const server = await startRedisServer();
  say(`tests: on ${server.url}, started from ${binary}`);
  return { url: server.url, binary, server };
}

async function mustAnswer(url: string): Promise<void> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0, connectTimeout: 5_000 });
  client.on('error', () => {});
  try {
    await client.ping();
  } catch (cause) {
    throw new Error('the Redis of TRAWL_TEST_REDIS_URL does not answer: start it, or leave the variable out', { cause });
  } finally {
    client.disconnect();
  }
}

/** Runs node's test runner in a process group of its own, so that a stop reaches the test files' processes too. Resolves with the exit code. */
async function runTests(files: string[], { options, showsTimes }: Wanted, given: Surroundings, stop: AbortSignal): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'trawl-tests-'));
  const census = join(folder, 'census.json');
  const reporter = fileURLToPath(new URL('test-census.js', import.meta.url));
  const reporters = [
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${reporter}`,
    `--test-reporter-destination=${census}`,
  ];
  const limits = [`--test-concurrency=${FILES_AT_ONCE}`, `--test-timeout=${Math.round(FILE_TIMEOUT_MS * given.slowness)}`];
  const inGroups = files.length >= LEAST_GROUPED;
  const entries = inGroups ? groupsOf(files).map((group, index) => writeGroup(group, folder, index)) : files;
  const preloads = ['--import', LOADER, '--import', new URL('test-linger.js', import.meta.url).href];
  const child = spawn(process.execPath, [...preloads, '--test', ...reporters, ...limits, ...options, ...entries], {
    cwd: ROOT,
    env: testEnvironment(given),
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  endWithThisProcess(child, folder);
  const end = (signal: NodeJS.Signals) => child.pid !== undefined && killGroup(child.pid, signal);
  const force = () => {
    end('SIGTERM');
    setTimeout(() => end('SIGKILL'), 3_000).unref();
  };
  stop.addEventListener('abort', force, { once: true });
  const code = await new Promise<number>((resolve) => {
    child.once('error', (error) => {
      say(`tests: ${error.message}`);
      resolve(1);
    });
    child.once('exit', (exitCode) => resolve(exitCode ?? 1));
  });
  end('SIGKILL');
  const counted = readCensus(census);
  if (showsTimes) for (const line of longest(counted)) say(line);
  const verdict = stop.aborted ? 1 : judge(code, counted, inGroups ? files : []);
  rmSync(folder, { recursive: true, force: true });
  return verdict;
}

/** Files by the process that runs them, those first that take longest: one that is begun last would keep one processor busy after all others are done. */
function groupsOf(files: readonly string[]): string[][] {
  const shared = files.filter((file) => !OWN_PROCESS.test(file));
  const alone = files.filter((file) => OWN_PROCESS.test(file));
  const sharing = Array.from({ length: FILES_AT_ONCE }, (_, group) => shared.filter((_file, index) => index % FILES_AT_ONCE === group));
  const single = (chosen: readonly string[]) => chosen.map((file) => [file]);
  const first = LONGEST.filter((file) => alone.includes(file));
  const groups = [...single(first), ...sharing, ...single(alone.filter((file) => !first.includes(file)))];
  return groups.filter((group) => group.length > 0);
}

/**
 * Writes a file that runs several test files, one after another, as a suite each: so a hook of a test file is for its own tests only.
 * Node runs files in the order of their names.
 */
function writeGroup(files: readonly string[], folder: string, index: number): string {
  const suites = files.map(
    (file) => `describe(${JSON.stringify(file)}, () => import(${JSON.stringify(pathToFileURL(join(ROOT, file)).href)}));\n`,
  );
  const path = join(folder, `${String(index + 1).padStart(3, '0')}.test.mjs`);
  writeFileSync(path, `import { describe } from 'node:test';\n${suites.join('')}`);
  return path;
}

/** What the reporter test-census.js writes. */
type Census = { ran: number; empty: string[]; suites: Record<string, number> };

function readCensus(file: string): Census {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { ran: 0, empty: [], suites: {} };
}

/** The files that took longest, with their seconds. Files that ran at the same time slowed each other down. */
function longest({ suites }: Census): string[] {
  const sorted = Object.entries(suites).sort(([, a], [, b]) => b - a);
  return sorted.slice(0, SHOWN_TIMES).map(([file, ms]) => `${(ms / 1_000).toFixed(1).padStart(8)} s  ${file}`);
}

/** Node calls a file without a test a test that passed: only the census tells. `suites` are the files that run as a suite. */
function judge(code: number, census: Census, suites: readonly string[]): number {
  // After a crash, what is missing says nothing more.
  const empty = code === 0 ? [...census.empty, ...suites.filter((file) => !(file in census.suites))] : [];
  for (const file of empty) say(`tests: no test in ${file}`);
  if (census.ran === 0) say('tests: not one test ran');
  if (code === 0 && census.ran > 0 && empty.length === 0) say(`tests: ${census.ran} ran`);
  return code !== 0 ? code : census.ran === 0 || empty.length > 0 ? 1 : 0;
}

/** What the tests see: this machine's settings for Trawl and for other programs' Redis stay out. */
function testEnvironment({ redis, slowness, main }: Surroundings): NodeJS.ProcessEnv {
  const foreign = /^(?:REDIS_URL|NODE_TEST_CONTEXT|TRAWL_.*|OTEL_.*|TRACEPARENT)$/;
  const env: NodeJS.ProcessEnv = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  env.TRAWL_TEST_CLI = main;
  env.TRAWL_TEST_LOADER = LOADER;
  env.TRAWL_TEST_REDIS_URL = redis.url;
  env.TRAWL_TEST_SLOWNESS = String(slowness);
  if (redis.binary) env.TRAWL_TEST_REDIS_BINARY = redis.binary;
  return env;
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended.
  }
}

try {
  const code = await main(process.argv.slice(2));
  process.exitCode ??= code;
} catch (error) {
  say(`tests: ${(error as Error).message}`);
  process.exitCode = 1;
}
