import { UsageError } from '../model/errors.ts';
import type { Gates } from '../model/gates.ts';
import { type LinkOptions, obeysRobots } from '../model/link-options.ts';
import { REPORT_FORMATS } from '../model/report-formats.ts';
import type { RunId } from '../model/run-id.ts';
import type { PrivateAddresses, RunOptions } from '../model/run-options.ts';
import type { ListenAddress } from '../util/http-listener.ts';
import { type ConfigFile, flagsOfFile } from './config-file.ts';
import { type GivenFlag, nameInFile } from './option-name.ts';
import {
  type Command,
  CRAWLS,
  defaultOf,
  environmentNames,
  NEEDS_REDIS,
  OPTIONS,
  type OptionKey,
  type OptionSpec,
  type OptionValues,
  optionsOf,
} from './option-table.ts';
import { type PairFlag, pairReports, type ReportTarget, targetProblems } from './pair-reports.ts';
import { isLoopback } from './parse-values.ts';
import type { Environment } from './read-dotenv.ts';

/** How sources are read; each member is an option of that name. */
interface SourceReading {
  input: OptionValues['input'];
  urlColumn?: string;
  delimiter?: string;
  dedupe: OptionValues['dedupe'];
  rootDir?: string;
  fallbackExtensions?: readonly string[];
  indexFiles?: readonly string[];
  remaps?: readonly string[];
  wikiLinks?: boolean;
}

/** Proxies, by the URLs that go through them, and the hosts that do not. */
interface ProxyOptions {
  all?: string;
  http?: string;
  https?: string;
  no?: string;
}

/** Files in PEM. */
export interface RedisTlsFiles {
  ca?: string;
  cert?: string;
  key?: string;
}

/** What belongs to this process alone. */
export interface ProcessOptions {
  concurrency: number;
  /** Processes that fetch. */
  processes: number | 'auto';
  drainMs: number;
  proxies?: ProxyOptions;
  /** Where names are looked up, where that was said. */
  resolver?: 'system' | readonly string[];
  saveBodies?: string;
  /** The folder of map modules. */
  maps: string;
  /** Environment variables that `env:NAME` may name; all without it. */
  envAllow?: readonly string[];
  privateCeiling?: PrivateAddresses;
  redisUrl?: string;
  /** A file with the password that goes with `redisUrl`. */
  redisPasswordFile?: string;
  /** Files with what TLS to Redis needs. */
  redisTls?: RedisTlsFiles;
  prefix: string;
  lockMs: number;
  stalledCheckMs: number;
  dataDir: string;
  listUrls: readonly string[];
  sitemapUrls: readonly string[];
  /** Sources of regular expressions: files whose path matches one are not read. */
  excludePaths: readonly string[];
  /** How sources are read, where that was said. */
  reading?: SourceReading;
  run?: RunId;
  /** The run that is explained. */
  ofRun?: string;
  /** Where a scope is seen from. */
  fromUrls: readonly string[];
  /** The interrupted run to go on with. */
  continueRun?: RunId;
  /** False: fetch nothing here. */
  work: boolean;
  /** False: more batches will come. */
  seal: boolean;
  /** Where metrics are served, if they are. */
  metrics?: ListenAddress;
  verbosity: 'quiet' | 'normal' | 'verbose';
  progress: boolean;
  logFormat: 'text' | 'json';
}

interface ReportOptions {
  targets: readonly ReportTarget[];
  order: 'completion' | 'input';
  gates: Gates;
  baseline?: string;
  ignoreFile?: string;
  /** Every page that links to what failed is looked up. */
  referrers: boolean;
  /** They were asked for by a flag: where there can be none, people are told. */
  asksForReferrers: boolean;
  /** The table has every row on a terminal. */
  everyRow: boolean;
  color: 'auto' | 'always' | 'never';
  /** Links that were left out are listed. */
  showSkipped: boolean;
  /** The path of a reduce module. */
  reduce?: string;
  /** A gate was asked for: what `report` is judged by, which otherwise only reports. */
  gated: boolean;
  statusFormat: 'table' | 'json';
}

/** How `serve` is reached, and what it allows. */
export interface ServeOptions {
  listen: ListenAddress;
  /** Asked for with every request, if there is one. */
  token?: string;
  /** Names by which the server may be reached, besides localhost and IP addresses. */
  allowHosts: readonly string[];
  /** Runs that are started through the server may reach private addresses. */
  allowPrivate: boolean;
}

/** How services are watched. */
interface WatchOptions {
  /** From the start of a round to that of the next. */
  everyMs: number;
  /** Rounds, or no end. */
  times?: number;
  /** Checks in a row that make a change. */
  confirm: number;
  /** A certificate that ends within so many days is told of. */
  certificateDays: number;
  format: 'text' | 'json';
}

/** What `prune` and `collect` keep of the runs on this machine. */
interface PruneOptions {
  keepMs?: number;
  keepBytes?: number;
  compressAfterMs?: number;
  dryRun: boolean;
  /** Interrupted runs may go too. */
  interrupted: boolean;
}

/** When a schedule starts its runs. */
interface ScheduleOptions {
  cron?: string;
  timezone: string;
}

export interface Config {
  readonly run: Readonly<RunOptions>;
  /** Those of `run` that were given, and are not defaults. */
  readonly givenRun: Readonly<Partial<RunOptions>>;
  readonly process: Readonly<ProcessOptions>;
  readonly report: Readonly<ReportOptions>;
  readonly watch: Readonly<WatchOptions>;
  readonly serve: Readonly<ServeOptions>;
  readonly prune: Readonly<PruneOptions>;
  readonly schedule: Readonly<ScheduleOptions>;
}

/**
 * What a command runs with: flags before environment before configuration file before defaults, checked and frozen. An empty environment variable counts as not set.
 * Options that the command does not take have their defaults. Throws one UsageError that lists every problem.
 */
export function loadConfig(command: Command, flags: readonly GivenFlag[], environment: Environment, file?: ConfigFile): Config {
  const problems: string[] = [];
  const given = gather(command, flags, environment, file, problems);
  const values = readOptions(command, given, problems);
  const ownReports = flags.flatMap(pairFlag);
  const targets = pairReports(ownReports.length > 0 ? ownReports : given.ofFile.flatMap(pairFlag));
  problems.push(...targetProblems(targets), ...combinationProblems(command, values, targets));
  if (problems.length === 1) throw new UsageError(problems[0]);
  if (problems.length > 1) throw new UsageError([`${problems.length} problems:`, ...problems.map((problem) => `  ${problem}`)].join('\n'));
  const run = runOptions(values);
  const flagged = new Set<string>(flags.map(({ key }) => key));
  const givenRun: Partial<RunOptions> = Object.fromEntries(
    Object.entries(run).filter(([key]) => (SET_BY[key] ?? [key]).some((flag) => flagged.has(flag))),
  );
  const gated = GATE_KEYS.some((key) => flagged.has(key) || given.ofFile.some((flag) => flag.key === key));
  const report = { ...reportOptions(values, targets), gated, asksForReferrers: flagged.has('referrers') };
  return deepFreeze({
    run,
    givenRun,
    process: processOptions(values),
    report,
    watch: watchOptions(values),
    serve: serveOptions(values),
    prune: pruneOptions(values),
    schedule: { timezone: values.timezone, ...(values.cron !== undefined && { cron: values.cron }) },
  });
}

/** Run options that flags of other names set too. */
const SET_BY: Readonly<Record<string, readonly string[]>> = {
  robots: ['robots', 'noRobots', 'depth'],
  keepSkipped: ['showSkipped'],
  checkExternal: ['checkExternal', 'skippedParts'],
  checkNofollow: ['checkNofollow', 'skippedParts'],
  fragments: ['fragments', 'skippedParts'],
  links: ['links', 'skippedParts'],
};

/** The options of a run for which nothing else was said. */
export function defaultRunOptions(): Readonly<RunOptions> {
  return loadConfig('crawl', [], {}).run;
}

/** Where the value of an option can come from, and what stands there. */
interface Given {
  flags: readonly GivenFlag[];
  environment: Environment;
  file: ConfigFile | undefined;
  /** What the file sets, as flags would. */
  ofFile: readonly GivenFlag[];
}

function gather(
  command: Command,
  flags: readonly GivenFlag[],
  environment: Environment,
  file: ConfigFile | undefined,
  problems: string[],
): Given {
  return { flags, environment, file, ofFile: file === undefined ? [] : flagsOfFile(file, command, problems) };
}

function readOptions(command: Command, given: Given, problems: string[]): OptionValues {
  const values: Record<string, unknown> = {};
  for (const [key, spec] of Object.entries(OPTIONS) as [OptionKey, OptionSpec][]) {
    const read = spec.commands.includes(command) ? textsOf(command, key, given) : defaultText(spec, command);
    const parsed = read.map(({ from, text }) => ({ from, result: spec.parse(text) }));
    for (const { from, result } of parsed) if (!result.ok) problems.push(`${from}: ${result.problem}`);
    const good = parsed.flatMap(({ result }) => (result.ok ? [result.value] : []));
    if (spec.repeatable) values[key] = good;
    else if (good.length > 0) values[key] = good.at(-1);
  }
  // With no problem noted, every option that has a default has a value.
  return values as OptionValues;
}

interface ReadText {
  from: string;
  text: string;
}

function textsOf(command: Command, key: OptionKey, { flags, environment, file, ofFile }: Given): ReadText[] {
  const spec: OptionSpec = OPTIONS[key];
  const given = flags.filter((flag) => flag.key === key);
  if (given.length > 0) return given.map(({ text }) => ({ from: spec.flag ?? key, text }));
  const variable = environmentNames(spec, command).find((name) => environment[name]);
  if (variable !== undefined) return [{ from: variable, text: environment[variable] ?? '' }];
  const set = ofFile.filter((flag) => flag.key === key);
  if (set.length > 0) return set.map(({ text }) => ({ from: `${file?.path}: ${nameInFile(key)}`, text }));
  return defaultText(spec, command);
}

/** The value of an option, as text, and where it comes from. */
export interface Setting {
  key: OptionKey;
  texts: readonly string[];
  /** A flag, an environment variable, a name in a configuration file, or `default`. */
  from: string;
}

/** The settings of a command that have a value, in the order of the option table. Throws UsageError for what is wrong with the file. */
export function settingsOf(command: Command, flags: readonly GivenFlag[], environment: Environment, file?: ConfigFile): Setting[] {
  const problems: string[] = [];
  const given = gather(command, flags, environment, file, problems);
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
  return optionsOf(command).flatMap(([key]) => {
    const read = textsOf(command, key, given);
    const [first] = read;
    return first === undefined ? [] : [{ key, texts: read.map(({ text }) => text), from: first.from }];
  });
}

function defaultText(spec: OptionSpec, command: Command): ReadText[] {
  const text = defaultOf(spec, command);
  return text === undefined ? [] : [{ from: 'default', text }];
}

function pairFlag({ key, text }: GivenFlag): PairFlag[] {
  if (key === 'output') return [{ kind: 'output', output: text }];
  const format = key === 'format' ? REPORT_FORMATS.find((known) => known === text) : undefined;
  return format === undefined ? [] : [{ kind: 'format', format }];
}

function combinationProblems(command: Command, values: OptionValues, targets: readonly ReportTarget[]): string[] {
  const problems: string[] = [];
  if (NEEDS_REDIS.some((needs) => needs === command) && values.redisUrl === undefined) {
    problems.push(`${command} needs Redis: give --redis redis://127.0.0.1:6379, or set TRAWL_REDIS_URL`);
  }
  if (command === 'serve' && values.token === undefined && values.listen !== undefined && !isLoopback(values.listen.host)) {
    problems.push(`--listen ${values.listen.host}: others can reach this address: set TRAWL_TOKEN to a secret`);
  }
  if (values.noWork && values.redisUrl === undefined) {
    problems.push('--no-work leaves fetching to workers, which need Redis: add --redis URL');
  }
  problems.push(...redisTlsProblems(values));
  if (values.run !== undefined && values.continueRun !== undefined) {
    problems.push('--run names a new run, --continue an interrupted one: give only one of them');
  }
  if (CRAWLS.some((crawls) => crawls === command) && values.reduce === undefined && targets.some(({ format }) => format === 'result')) {
    problems.push('-f result prints the result of a reduce module: add --reduce FILE');
  }
  if (values.robots && values.noRobots) problems.push('--robots and --no-robots contradict each other: give only one');
  if (values.depth > 0 && values.method !== 'GET') {
    problems.push(`--depth needs GET, because links are found in the bodies of pages: leave out --method ${values.method}`);
  }
  if (values.quiet && values.verbose) problems.push('--quiet and --verbose contradict each other: give only one');
  return problems;
}

function redisTlsProblems({ redisUrl, redisCa, redisCert, redisKey }: OptionValues): string[] {
  // Without Redis they may be there for another command.
  if (redisUrl === undefined || (redisCa ?? redisCert ?? redisKey) === undefined) return [];
  const problems: string[] = [];
  if (!/^rediss\b/i.test(redisUrl)) {
    const [given] = [redisCa && '--redis-ca', redisCert && '--redis-cert', redisKey && '--redis-key'].filter(Boolean);
    problems.push(`${given} is for TLS: write rediss:// (or rediss+sentinel://, rediss+cluster://) in --redis / TRAWL_REDIS_URL`);
  }
  if ((redisCert === undefined) !== (redisKey === undefined)) problems.push('--redis-cert and --redis-key belong together: give both');
  return problems;
}

function runOptions(values: OptionValues): RunOptions {
  const { hostConcurrency, hostIntervalMs, timeoutMs, connectTimeoutMs, retries, maxRedirects, maxBodyBytes } = values;
  const { scheme, method, headers, userAgent, accept, privateAddresses, insecure = false, auth, map, mapTimeoutMs } = values;
  return {
    hostConcurrency,
    hostIntervalMs,
    timeoutMs,
    connectTimeoutMs,
    retries,
    maxRedirects,
    maxBodyBytes,
    ...(scheme !== undefined && { scheme }),
    method,
    headers,
    userAgent,
    accept,
    privateAddresses,
    insecure,
    auth,
    ...(map !== undefined && { map }),
    mapTimeoutMs,
    ...linkOptions(values),
  };
}

function linkOptions(values: OptionValues): LinkOptions {
  const {
    depth,
    links,
    scope,
    include,
    exclude,
    stripParams = [],
    checkExternal = false,
    checkNofollow = false,
    skippedParts = [],
  } = values;
  const { maxUrls, maxUrlsPerHost, maxPathSegments, robots, noRobots, fragments = false, excludeFragments, showSkipped = false } = values;
  return {
    depth,
    links: skippedParts.includes('resources') ? 'pages' : links,
    scope,
    include,
    exclude,
    stripParams,
    checkExternal: checkExternal && !skippedParts.includes('external'),
    checkNofollow: checkNofollow && !skippedParts.includes('nofollow'),
    ...(maxUrls !== undefined && { maxUrls }),
    maxUrlsPerHost,
    maxPathSegments,
    robots: obeysRobots(depth, noRobots ? false : robots),
    fragments: fragments && !skippedParts.includes('fragments'),
    excludeFragments,
    keepSkipped: showSkipped,
  };
}

function processOptions(values: OptionValues): ProcessOptions {
  const {
    concurrency,
    processes,
    drainMs,
    proxy,
    httpProxy,
    httpsProxy,
    noProxy,
    privateCeiling,
    resolver,
    saveBodies,
    maps,
    envAllow,
    redisUrl,
    redisPasswordFile,
    redisCa,
    redisCert,
    redisKey,
    prefix,
    lockMs,
    stalledCheckMs,
    dataDir,
    listUrls,
    sitemapUrls,
    excludePaths,
    run,
    continueRun,
    quiet,
    verbose,
  } = values;
  const redisTls = {
    ...(redisCa !== undefined && { ca: redisCa }),
    ...(redisCert !== undefined && { cert: redisCert }),
    ...(redisKey !== undefined && { key: redisKey }),
  };
  return {
    concurrency,
    processes,
    drainMs,
    ...proxyOf({ all: proxy, http: httpProxy, https: httpsProxy, no: noProxy }),
    ...(privateCeiling !== undefined && { privateCeiling }),
    ...(resolver !== undefined && { resolver }),
    ...(saveBodies !== undefined && { saveBodies }),
    maps,
    ...(envAllow !== undefined && { envAllow }),
    ...(redisUrl !== undefined && { redisUrl }),
    ...(redisPasswordFile !== undefined && { redisPasswordFile }),
    ...(Object.keys(redisTls).length > 0 && { redisTls }),
    prefix,
    lockMs,
    stalledCheckMs,
    dataDir,
    listUrls,
    sitemapUrls,
    excludePaths,
    ...readingOf(values),
    ...(run !== undefined && { run }),
    ...(values.ofRun !== undefined && { ofRun: values.ofRun }),
    fromUrls: values.fromUrls,
    ...(continueRun !== undefined && { continueRun }),
    ...(values.metricsAddress !== undefined && { metrics: values.metricsAddress }),
    work: !values.noWork,
    seal: !values.open,
    verbosity: quiet ? 'quiet' : verbose ? 'verbose' : 'normal',
    progress: !quiet && !values.noProgress,
    logFormat: values.logFormat,
  };
}

/** Nothing if no option says how sources are read. */
function readingOf(values: OptionValues): { reading?: SourceReading } {
  const { input, dedupe, urlColumn, delimiter, rootDir, fallbackExtensions, indexFiles, remaps, wikiLinks } = values;
  const reading = {
    input,
    dedupe,
    ...(urlColumn !== undefined && { urlColumn }),
    ...(delimiter !== undefined && { delimiter }),
    ...(rootDir !== undefined && { rootDir }),
    ...(fallbackExtensions !== undefined && { fallbackExtensions }),
    ...(indexFiles !== undefined && { indexFiles }),
    ...(remaps.length > 0 && { remaps }),
    ...(wikiLinks !== undefined && { wikiLinks }),
  };
  return input === 'auto' && dedupe === 'auto' && Object.keys(reading).length === 2 ? {} : { reading };
}

/** Nothing if there is no proxy. */
function proxyOf(given: { [K in keyof ProxyOptions]: string | undefined }): { proxies?: ProxyOptions } {
  const { no: _, ...proxies } = given;
  if (Object.values(proxies).every((proxy) => proxy === undefined)) return {};
  return { proxies: Object.fromEntries(Object.entries(given).filter(([, text]) => text !== undefined)) };
}

const GATE_KEYS: readonly OptionKey[] = ['failOn', 'maxFailures', 'maxLatency', 'baseline', 'ignoreFile'];

function reportOptions(values: OptionValues, targets: readonly ReportTarget[]): Omit<ReportOptions, 'gated' | 'asksForReferrers'> {
  const {
    order,
    statusFormat,
    failOn,
    maxFailures,
    maxLatency,
    baseline,
    ignoreFile,
    reduce,
    referrers = false,
    everyRow = false,
    color,
    showSkipped = false,
  } = values;
  return {
    targets,
    order,
    statusFormat,
    gates: { failOn, maxFailures, maxLatency },
    referrers,
    everyRow,
    color,
    showSkipped,
    ...(baseline !== undefined && { baseline }),
    ...(ignoreFile !== undefined && { ignoreFile }),
    ...(reduce !== undefined && { reduce }),
  };
}

function watchOptions({ everyMs, times, confirm, certificateDays, watchFormat }: OptionValues): WatchOptions {
  return { everyMs, ...(times !== undefined && { times }), confirm, certificateDays, format: watchFormat };
}

function serveOptions({ listen, token, allowHosts, allowPrivate = false }: OptionValues): ServeOptions {
  return { listen, ...(token !== undefined && { token }), allowHosts, allowPrivate };
}

function pruneOptions({ keepMs, keepBytes, compressAfterMs, dryRun = false, interrupted = false }: OptionValues): PruneOptions {
  return {
    ...(keepMs !== undefined && { keepMs }),
    ...(keepBytes !== undefined && { keepBytes }),
    ...(compressAfterMs !== undefined && { compressAfterMs }),
    dryRun,
    interrupted,
  };
}

function deepFreeze<T extends object>(value: T): T {
  for (const child of Object.values(value)) if (typeof child === 'object' && child !== null) deepFreeze(child as object);
  return Object.freeze(value);
}
