import { existsSync } from 'node:fs';
import { newRunId, type RunId } from '../core/run-id.ts';
import type { Engine } from '../engine/engine.ts';
import { openSources } from '../producer/sources/open-source.ts';
import type { Reading } from '../producer/sources/reading.ts';
import type { Source, SourceSpec } from '../producer/sources/source.ts';
import type { CommandContext } from './command-context.ts';
import { warnOfStoredSecrets } from './header-secrets.ts';
import { sourceSpecs } from './source-specs.ts';
import { checkTargets } from './write-reports.ts';

/** What the command line names as sources, to be read as it says, or else as `before`. Throws UsageError for what can be seen to be wrong with it. */
export function namedSources({ config, words, implied }: CommandContext, before?: Reading): SourceSpec[] {
  const { reading = before } = config.process;
  const specs = sourceSpecs(words, config.process, { implied, exists: existsSync });
  return reading === undefined ? specs : specs.map((spec) => ({ ...spec, reading }));
}

/** The sources, not read yet. Rejects with UsageError for what can be seen to be wrong with them, or with the reports that are to be made. */
export async function openInput({ config, stdin, log }: CommandContext, specs: readonly SourceSpec[]): Promise<Source[]> {
  await checkTargets(config.report.targets, specs.flatMap(fileOf));
  return openSources(specs, { stdin, log });
}

function fileOf(spec: SourceSpec): string[] {
  if (spec.kind === 'file') return [spec.at ?? spec.path];
  return spec.kind === 'stdin' ? ['/dev/stdin'] : [];
}

/** Opens the run that the options describe. `interrupted` is the id of one that may be open already. */
export async function openRun(context: CommandContext, engine: Engine, interrupted?: RunId): Promise<RunId> {
  warnOfStoredSecrets(context);
  return engine.openRun(context.config.run, interrupted ?? context.config.process.run ?? newRunId(Date.now()));
}
