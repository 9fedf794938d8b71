import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Engine } from '../engine/engine.ts';
import { UsageError } from '../model/errors.ts';
import { newRunId, type RunId } from '../model/run-id.ts';
import type { RunOptions } from '../model/run-options.ts';
import { currentTracer, withTraceparent } from '../model/tracing.ts';
import { maskCredentials } from '../model/url/without-credentials.ts';
import type { Config } from '../options/load-config.ts';
import { OPTIONS } from '../options/option-table.ts';
import { expandSources, type NamedSource } from '../producer/sources/expand-sources.ts';
import { openSources } from '../producer/sources/open-source.ts';
import { readProblem } from '../producer/sources/read-problem.ts';
import type { Reading, Source, SourceSpec } from '../producer/sources/source.ts';
import type { CommandContext } from './command-context.ts';
import { fetcherOptions } from './fetcher-options.ts';
import { warnOfStoredSecrets } from './header-secrets.ts';
import { sourceSpecs } from './source-specs.ts';
import { checkTargets } from './write-reports.ts';

/**
 * The sources that the command line names, with folders and patterns expanded. Options say how they are read; without such options they are read like `before`.
 *
 * @throws UsageError for mistakes that are visible without reading the sources
 */
export async function namedSources({ config, words, implied, log }: CommandContext, before?: Reading): Promise<SourceSpec[]> {
  const { reading = before } = config.process;
  const named = sourceSpecs(words, config.process, { implied, exists: existsSync, isFolder });
  if (reading === undefined) for (const spec of named) refuseJson(spec);
  const { excludePaths } = config.process;
  return expandSources(reading === undefined ? named : named.map((source) => ({ ...source, reading })), { excludePaths, log });
}

/** Refuses a JSON document, because read as a list it would make a request from each of its lines. */
function refuseJson(spec: NamedSource): void {
  if (spec.kind !== 'file' || !/\.json$/i.test(spec.path)) return;
  throw new UsageError(
    `${spec.path} is a JSON document, not a list: use a .jsonl file with one request per line, or a .txt file with one URL per line; to read it anyway, add --input jsonl or --input lines`,
  );
}

/**
 * Opens the sources; nothing is read yet. Prints which options have no effect.
 *
 * @throws UsageError for mistakes in the sources that are visible without reading them, or if a report cannot be written to its target
 */
export async function openInput(context: CommandContext, specs: readonly SourceSpec[]): Promise<Source[]> {
  const { config, stdin, log, tell } = context;
  await checkTargets(config.report.targets, specs.flatMap(fileOf));
  const sources = await openSources(specs, {
    stdin,
    log,
    downloads: { run: config.run, fetcher: fetcherOptions(context) },
    workingDir: resolve(),
    stripParams: config.run.stripParams,
    exclude: config.run.exclude,
    excludeFragments: config.run.excludeFragments,
  });
  const hasDocuments = sources.some(({ documents }) => documents !== undefined);
  const idle = idleOptions(config.givenRun, config.run, hasDocuments);
  if (idle !== undefined) tell(idle);
  return sources;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    // No file can have this name. It may be a long URL without its scheme.
    if ((error as NodeJS.ErrnoException).code === 'ENAMETOOLONG') return false;
    throw readProblem(maskCredentials(path), error);
  }
}

function fileOf(spec: SourceSpec): string[] {
  if (spec.kind === 'file') return [spec.at ?? spec.path];
  return spec.kind === 'stdin' ? ['/dev/stdin'] : [];
}

/** Opens the run that the options describe. `interrupted` is the id of a run to continue, which may be open already. Rejects with UsageError if the run is open with different options. */
export async function openRun(context: CommandContext, engine: Engine, interrupted?: RunId): Promise<RunId> {
  const { config } = context;
  warnOfStoredSecrets(context);
  const run = await engine.openRun(withTraceparent(config.run), interrupted ?? config.process.run ?? newRunId(Date.now()));
  const live = await engine.options(run);
  checkLiveOptions(run, config, live);
  // An interrupted run brings the trace of its first part.
  currentTracer()?.nameRun(run, config.run.traceparent ?? live.traceparent);
  return run;
}

/** Options that have an effect only if links are followed. `--fragments` is not one of them, because documents have fragments too. */
const FOR_LINKS: Readonly<Partial<Record<keyof RunOptions, string>>> = {
  links: '--links',
  scope: '--scope',
  include: '--include',
  checkExternal: '--check-external',
  checkNofollow: '--check-nofollow',
  maxUrls: '--max-urls',
  maxUrlsPerHost: '--max-urls-per-host',
  maxPathSegments: '--max-path-segments',
  keepSkipped: '--show-skipped',
};

/**
 * A sentence that names the given flags that have no effect because the run follows no links; undefined if there are none. Without it, a user could believe that the links of a site were checked although only a list was.
 *
 * @param given the run options that flags have set
 * @param hasDocuments links of Markdown or HTML files are checked
 */
export function idleOptions(given: Partial<RunOptions>, { depth }: Pick<RunOptions, 'depth'>, hasDocuments: boolean): string | undefined {
  if (depth > 0) return undefined;
  const idle = [
    ...Object.entries(FOR_LINKS).flatMap(([key, flag]) => (Object.hasOwn(given, key) ? [flag] : [])),
    ...(given.fragments === true && !hasDocuments ? ['--fragments'] : []),
  ];
  if (idle.length === 0) return undefined;
  const names = idle.length === 1 ? idle[0] : `${idle.slice(0, -1).join(', ')} and ${idle.at(-1)}`;
  return `${names} ${idle.length === 1 ? 'has' : 'have'} no effect here: add --depth N or --depth all to follow links`;
}

/**
 * An open run keeps its options, because other workers fetch with them and some of its rows were made with them. Throws UsageError if this command gives different options, because they would have
 * no effect.
 */
function checkLiveOptions(run: RunId, { run: wanted, givenRun }: Pick<Config, 'run' | 'givenRun'>, live: RunOptions): void {
  const names = Object.keys(givenRun) as Array<keyof RunOptions>;
  const other = names.filter((name) => !isDeepStrictEqual(comparable(name, wanted[name]), comparable(name, live[name])));
  if (other.length === 0) return;
  const flags = other.map((name) => (OPTIONS as Record<string, { flag?: string }>)[name]?.flag ?? name);
  throw new UsageError(
    `run ${run} is on Redis with other options: ${flags.join(', ')}; the options of a run cannot change: leave them out to continue it, or end it with trawl cancel ${run} and start another`,
  );
}

/** Headers and credentials are compared without regard to their order. */
function comparable(name: keyof RunOptions, value: unknown): unknown {
  if (name !== 'headers' && name !== 'auth') return value;
  const pairs = (value as ReadonlyArray<readonly [string, string]>).map(([key, text]) => [key.toLowerCase(), text] as const);
  return pairs.sort(([a], [b]) => (a < b ? -1 : 1));
}
