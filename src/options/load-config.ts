import { UsageError } from '../model/errors.ts';
import type { Gates } from '../model/gates.ts';
import { obeysRobots } from '../model/link-options.ts';
import { REPORT_FORMATS } from '../model/report-formats.ts';
import type { RunOptions } from '../model/run-options.ts';
import { type Command, CRAWLS, NEEDS_REDIS } from './commands.ts';
import { type ConfigFile, flagsOfFile } from './config-file.ts';
import { type GivenFlag, nameInFile } from './option-name.ts';
import type { OptionSpec } from './option-spec.ts';
import {
  allOptions,
  defaultOf,
  environmentNames,
  groupOf,
  OPTIONS,
  type OptionKey,
  type OptionValues,
  optionsOf,
  type ValuesIn,
  valuesIn,
} from './option-table.ts';
import { type PairFlag, pairReports, type ReportTarget, targetProblems } from './pair-reports.ts';
import { isLoopback } from './parse-values.ts';
import type { Environment } from './read-dotenv.ts';

type Reading = ValuesIn<'reading'>;
/** How sources are read. Options that were not given are absent, because only given ones are stored with a run. */
type SourceReading = Readonly<Omit<Reading, 'remaps' | 'wikiLinks'> & Partial<Pick<Reading, 'remaps' | 'wikiLinks'>>>;

/** The settings of this process. */
export interface ProcessOptions extends Readonly<ValuesIn<'process'>> {
  /** The proxies for http and https URLs, and the hosts that are reached directly. Absent without a proxy. */
  proxies?: Readonly<ValuesIn<'proxies'>>;
  /** Files (PEM) for TLS to Redis. Absent if none is given. */
  redisTls?: RedisTlsFiles;
  /** How sources are read. Absent if no option concerns it. */
  reading?: SourceReading;
  /** False if this process must not fetch. */
  work: boolean;
  /** False if the run must stay open for more batches. */
  seal: boolean;
  verbosity: 'quiet' | 'normal' | 'verbose';
  progress: boolean;
}

interface ReportOptions extends Readonly<ValuesIn<'report'>> {
  targets: readonly ReportTarget[];
  gates: Gates;
  /** List links that were not followed. */
  showSkipped: boolean;
  /** True if a flag asked for `referrers`. If the run cannot have any, a message says so. */
  asksForReferrers: boolean;
  /** True if a gate was given. Only then does `trawl report` judge the run. */
  gated: boolean;
}

export type ServeOptions = ValuesIn<'serve'>;
export type RedisTlsFiles = Readonly<ValuesIn<'redisTls'>>;

export interface Config {
  readonly run: Readonly<RunOptions>;
  /** The run options that were given by flags. */
  readonly givenRun: Readonly<Partial<RunOptions>>;
  readonly process: Readonly<ProcessOptions>;
  readonly report: Readonly<ReportOptions>;
  readonly watch: Readonly<ValuesIn<'watch'>>;
  readonly serve: Readonly<ServeOptions>;
  readonly prune: Readonly<ValuesIn<'prune'>>;
  readonly schedule: Readonly<ValuesIn<'schedule'>>;
}

/**
 * Returns the configuration of a command, validated and frozen. Flags override the environment, which overrides the configuration file, which overrides defaults. An empty environment variable counts as not set.
 * Options that the command does not have get their defaults. Throws one UsageError that lists every problem.
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
  const gated = [...flags, ...given.ofFile].some(({ key }) => groupOf(key) === 'ci');
  const report = { ...reportOptions(values, targets), gated, asksForReferrers: flagged.has('referrers') };
  const process = processOptions(values);
  return deepFreeze({
    run,
    givenRun,
    process,
    report,
    watch: valuesIn('watch', values),
    serve: valuesIn('serve', values),
    prune: valuesIn('prune', values),
    schedule: valuesIn('schedule', values),
  });
}

/** Run options that are also set by flags with other names. */
const SET_BY: Readonly<Record<string, readonly string[]>> = {
  robots: ['robots', 'noRobots', 'depth'],
  keepSkipped: ['showSkipped'],
  checkExternal: ['checkExternal', 'skippedParts'],
  checkNofollow: ['checkNofollow', 'skippedParts'],
  fragments: ['fragments', 'skippedParts'],
  links: ['links', 'skippedParts'],
};

/** The default options of a run. */
export function defaultRunOptions(): Readonly<RunOptions> {
  return loadConfig('crawl', [], {}).run;
}

/** The sources of option values, and their contents. */
interface Given {
  flags: readonly GivenFlag[];
  environment: Environment;
  file: ConfigFile | undefined;
  /** The settings of the file, as flags. */
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
  for (const [key, spec] of allOptions()) {
    const read = spec.commands.includes(command) ? textsOf(command, key, given) : defaultText(spec, command);
    const parsed = read.map(({ from, text }) => ({ from, result: spec.parse(text) }));
    for (const { from, result } of parsed) if (!result.ok) problems.push(`${from}: ${result.problem}`);
    const good = parsed.flatMap(({ result }) => (result.ok ? [result.value] : []));
    if (spec.repeatable) values[key] = good;
    else values[key] = good.length > 0 ? good.at(-1) : spec.isSwitch ? false : undefined;
  }
  // If there was no problem, every option with a default has a value.
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

/** The value of an option as text, and where it comes from. */
export interface Setting {
  key: OptionKey;
  texts: readonly string[];
  /** A flag, an environment variable, a name in a configuration file, or `default`. */
  from: string;
}

/** The settings of a command that have a value, in the order of the option table. Throws UsageError if the file has mistakes. */
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
  // Without Redis, these options may be set for another command.
  if (redisUrl === undefined || (redisCa ?? redisCert ?? redisKey) === undefined) return [];
  const problems: string[] = [];
  if (!/^rediss\b/i.test(redisUrl)) {
    const [given] = [redisCa && '--redis-ca', redisCert && '--redis-cert', redisKey && '--redis-key'].filter(Boolean);
    problems.push(`${given} is for TLS: write rediss:// (or rediss+sentinel://, rediss+cluster://) in --redis / TRAWL_REDIS_URL`);
  }
  if ((redisCert === undefined) !== (redisKey === undefined)) problems.push('--redis-cert and --redis-key belong together: give both');
  return problems;
}

/** Causes a type error if `RunOptions` lacks a run option or has it with another type. */
type CompleteRunOptions = RunOptions & Record<Exclude<keyof ValuesIn<'run'>, keyof RunOptions>, never>;

function runOptions(values: OptionValues): CompleteRunOptions {
  const { depth, links, stripParams = [], checkExternal, checkNofollow, fragments, skippedParts = [], robots, noRobots } = values;
  const skips = (part: (typeof skippedParts)[number]) => skippedParts.includes(part);
  return {
    ...valuesIn('run', values),
    stripParams,
    links: skips('resources') ? 'pages' : links,
    checkExternal: checkExternal && !skips('external'),
    checkNofollow: checkNofollow && !skips('nofollow'),
    fragments: fragments && !skips('fragments'),
    robots: obeysRobots(depth, noRobots ? false : robots || undefined),
    keepSkipped: values.showSkipped,
  };
}

function processOptions(values: OptionValues): ProcessOptions {
  const { quiet, verbose } = values;
  const proxies = valuesIn('proxies', values);
  const redisTls = valuesIn('redisTls', values);
  const hasProxy = Object.keys(proxies).some((key) => key !== 'no');
  return {
    ...valuesIn('process', values),
    ...(hasProxy && { proxies }),
    ...(Object.keys(redisTls).length > 0 && { redisTls }),
    ...readingOf(values),
    work: !values.noWork,
    seal: !values.open,
    verbosity: quiet ? 'quiet' : verbose ? 'verbose' : 'normal',
    progress: !quiet && !values.noProgress,
  };
}

/** Empty if no option concerns how sources are read. */
function readingOf(values: OptionValues): Pick<ProcessOptions, 'reading'> {
  const { remaps, wikiLinks, ...others } = valuesIn('reading', values);
  const reading = { ...others, ...(remaps.length > 0 && { remaps }), ...(wikiLinks && { wikiLinks }) };
  return reading.input === 'auto' && reading.dedupe === 'auto' && Object.keys(reading).length === 2 ? {} : { reading };
}

function reportOptions(values: OptionValues, targets: readonly ReportTarget[]): Omit<ReportOptions, 'gated' | 'asksForReferrers'> {
  return { ...valuesIn('report', values), targets, gates: valuesIn('gates', values), showSkipped: values.showSkipped };
}

function deepFreeze<T extends object>(value: T): T {
  for (const child of Object.values(value)) if (typeof child === 'object' && child !== null) deepFreeze(child as object);
  return Object.freeze(value);
}
