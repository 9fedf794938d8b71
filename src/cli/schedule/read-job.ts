import { createReadStream, existsSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { UsageError } from '../../model/errors.ts';
import { referredVariable } from '../../model/request-header.ts';
import type { RunOptions } from '../../model/run-options.ts';
import type { ListReading, ScheduledJob, ScheduledSource } from '../../model/schedule.ts';
import type { Command } from '../../options/commands.ts';
import { type Config, loadConfig, type Setting } from '../../options/load-config.ts';
import type { GivenFlag } from '../../options/option-name.ts';
import type { OptionSpec } from '../../options/option-spec.ts';
import { groupOf, OPTIONS, type OptionKey } from '../../options/option-table.ts';
import {
  checkAutoSitemaps,
  checkScheduledUrl,
  checkStoredList,
  MAX_STORED_BYTES,
  tooLargeToStore,
} from '../../producer/scheduled-sources.ts';
import type { NamedSource } from '../../producer/sources/expand-sources.ts';
import { checkedBytes } from '../../producer/sources/list.ts';
import { readProblem } from '../../producer/sources/read-problem.ts';
import { documentKindOf, readerOf } from '../../producer/sources/reading.ts';
import { readCommandLine } from '../command-line.ts';
import { sourceSpecs } from '../source-specs.ts';

/** Options that say which sources there are and how lists are read. */
const OF_SOURCES: readonly OptionKey[] = ['listUrls', 'sitemapUrls', 'input', 'urlColumn', 'delimiter', 'dedupe'];

/** The commands whose defaults a scheduled run can use. */
const RUN_COMMANDS = ['enqueue', 'crawl', 'check'] as const;

interface JobContext {
  stdin: Readable;
  /** The settings of a command without flags, for those in the configuration file. */
  settings(command: Command): Setting[];
}

/**
 * Reads the words after the name of a schedule: `[crawl|check] OPTIONS SOURCE…`. They are checked as if the run started now, and options of the configuration file apply too. Lists in files are read and stored
 * with the schedule.
 *
 * @throws UsageError for mistakes, for what workers cannot do, and for options that a schedule may not use
 */
export async function readJob(words: readonly string[], context: JobContext): Promise<{ job: ScheduledJob; config: Config }> {
  const command = RUN_COMMANDS.find((name) => name === words[0]) ?? 'enqueue';
  const line = readWords(command, command === words[0] ? words.slice(1) : words);
  const own = new Set(line.flags.map(({ key }) => key));
  const ofFile = context.settings(command).filter(({ key, from }) => from !== 'default' && !own.has(key) && OPTIONS[key].scope === 'run');
  const flags = [...ofFile.flatMap(({ key, texts }) => texts.map((text): GivenFlag => ({ key, text }))), ...line.flags];
  const problem = flags.map(({ key }) => refusalOf(key)).find((refusal) => refusal !== undefined);
  if (problem !== undefined) throw new UsageError(problem);
  const config = loadConfig(command, flags, { TRAWL_REDIS_URL: 'redis://unused' });
  refuseVariables(config.run);
  const named = sourceSpecs(line.words, config.process, { implied: false, exists: existsSync, isFolder });
  return { job: { options: config.run, sources: await sourcesOf(named, readingOf(config), context.stdin) }, config };
}

function readWords(command: Command, words: readonly string[]) {
  let said = '';
  const printer = { out: () => {}, err: (text: string) => (said += text), columns: 80 };
  const line = readCommandLine([command, ...words], printer);
  if (line.kind === 'command') return line;
  const [first = ''] = said.split('\n');
  throw new UsageError(first === '' ? 'give the options and sources of the run behind --' : `behind --: ${first.replace(/^trawl: /, '')}`);
}

/** Why a schedule does not take the option; undefined if it does. */
function refusalOf(key: OptionKey): string | undefined {
  const spec: OptionSpec = OPTIONS[key];
  if (groupOf(key) === 'maps') return `${spec.flag}: a schedule cannot name modules: start such runs with trawl enqueue`;
  if (spec.scope === 'run' || OF_SOURCES.includes(key)) return undefined;
  if (spec.scope === 'report' || spec.scope === 'gates')
    return `${spec.flag}: a schedule starts runs and makes no reports: give it to trawl report RUN`;
  return `${spec.flag}: a schedule takes only options of the run and of its sources`;
}

/** Refuses `env:NAME`, as `trawl serve` does for the runs it starts: the schedule would read the environment of workers as long as it exists. */
function refuseVariables({ headers, auth }: RunOptions): void {
  const named = [...headers, ...auth].find(([, value]) => referredVariable(value) !== undefined);
  if (named !== undefined)
    throw new UsageError(`${named[0]}: env:NAME is not allowed in a schedule: it would read the environment of workers`);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function readingOf({ process: { reading } }: Config): { reading?: ListReading } {
  if (reading === undefined) return {};
  const { input, urlColumn, delimiter, dedupe } = reading;
  if (input === 'markdown' || input === 'html') throw new UsageError(`--input ${input}: workers cannot read documents of this machine`);
  return { reading: { input, dedupe, ...(urlColumn !== undefined && { urlColumn }), ...(delimiter !== undefined && { delimiter }) } };
}

async function sourcesOf(named: readonly NamedSource[], how: { reading?: ListReading }, stdin: Readable): Promise<ScheduledSource[]> {
  const sources: ScheduledSource[] = [];
  let roomBytes = MAX_STORED_BYTES;
  for (const source of named) {
    switch (source.kind) {
      case 'url':
      case 'list-url':
      case 'sitemap':
        checkScheduledUrl({ kind: source.kind, url: source.url });
        sources.push({ kind: source.kind, url: source.url, ...how });
        break;
      case 'file':
      case 'stdin': {
        const name = source.kind === 'file' ? source.path : 'stdin';
        refuseDocument(name, how.reading);
        const text = await readStored(name, source.kind === 'file' ? createReadStream(source.path) : stdin, roomBytes);
        roomBytes -= Buffer.byteLength(text);
        sources.push({ kind: 'stored', name, text, ...how });
        break;
      }
      default: {
        const what = source.kind === 'folder' ? source.path : source.pattern;
        throw new UsageError(`${what}: workers cannot read folders of this machine: give URLs, --sitemap, --list or a list in a file`);
      }
    }
  }
  checkAutoSitemaps(sources);
  return sources;
}

function refuseDocument(name: string, reading: ListReading | undefined): void {
  if (documentKindOf(name, reading) !== undefined)
    throw new UsageError(
      `${name} is a document with links to files of this machine: workers cannot check those; schedule its site by its URL`,
    );
  if (reading === undefined && /\.json$/i.test(name)) throw new UsageError(`${name} is a JSON document, not a list`);
  // This throws if the list cannot be read in this way.
  readerOf(name, reading);
}

async function readStored(name: string, stream: Readable, roomBytes: number): Promise<string> {
  let text = '';
  try {
    for await (const chunk of checkedBytes(stream, name)) {
      text += chunk.toString('latin1');
      if (text.length > roomBytes) throw tooLargeToStore(name);
    }
  } catch (error) {
    throw readProblem(name, error);
  }
  const list = Buffer.from(text, 'latin1').toString('utf8');
  checkStoredList(name, list);
  return list;
}
