import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Engine } from '../engine/engine.ts';
import { UsageError } from '../model/errors.ts';
import { newRunId, type RunId } from '../model/run-id.ts';
import { maskCredentials } from '../model/url/without-credentials.ts';
import { expandSources, type NamedSource } from '../producer/sources/expand-sources.ts';
import { openSources } from '../producer/sources/open-source.ts';
import { readProblem } from '../producer/sources/read-problem.ts';
import type { Reading } from '../producer/sources/reading.ts';
import type { Source, SourceSpec } from '../producer/sources/source.ts';
import type { CommandContext } from './command-context.ts';
import { fetcherOptions } from './fetcher-options.ts';
import { warnOfStoredSecrets } from './header-secrets.ts';
import { idleOptions } from './idle-options.ts';
import { checkLiveOptions } from './live-options.ts';
import { sourceSpecs } from './source-specs.ts';
import { checkTargets } from './write-reports.ts';

/** What the command line names as sources, to be read as it says, or else as `before`; folders and patterns expanded. Rejects with UsageError for what can be seen to be wrong with it. */
export async function namedSources({ config, words, implied, log }: CommandContext, before?: Reading): Promise<SourceSpec[]> {
  const { reading = before } = config.process;
  const named = sourceSpecs(words, config.process, { implied, exists: existsSync, isFolder });
  if (reading === undefined) for (const spec of named) refuseJson(spec);
  const { excludePaths } = config.process;
  return expandSources(reading === undefined ? named : named.map((source) => ({ ...source, reading })), { excludePaths, log });
}

/** A JSON document read as a list would make a request of each of its lines. */
function refuseJson(spec: NamedSource): void {
  if (spec.kind !== 'file' || !/\.json$/i.test(spec.path)) return;
  throw new UsageError(
    `${spec.path} is a JSON document, not a list: write one request a line into a .jsonl file, or one URL a line into a .txt file; --input lines or --input jsonl reads it as it is`,
  );
}

/** The sources, not read yet. Tells of options that change nothing. Rejects with UsageError for what can be seen to be wrong with the sources, or with the reports that are to be made. */
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
    // A long URL without its scheme, perhaps: there can be no such file.
    if ((error as NodeJS.ErrnoException).code === 'ENAMETOOLONG') return false;
    throw readProblem(maskCredentials(path), error);
  }
}

function fileOf(spec: SourceSpec): string[] {
  if (spec.kind === 'file') return [spec.at ?? spec.path];
  return spec.kind === 'stdin' ? ['/dev/stdin'] : [];
}

/** Opens the run that the options describe. `interrupted` is the id of one that may be open already. Rejects with UsageError if it is, with other options than those that were given. */
export async function openRun(context: CommandContext, engine: Engine, interrupted?: RunId): Promise<RunId> {
  const { config } = context;
  warnOfStoredSecrets(context);
  const run = await engine.openRun(config.run, interrupted ?? config.process.run ?? newRunId(Date.now()));
  checkLiveOptions(run, config, await engine.options(run));
  return run;
}
