import { existsSync } from 'node:fs';
import { newRunId, type RunId } from '../core/run-id.ts';
import type { Engine } from '../engine/engine.ts';
import { openSources } from '../producer/sources/open-source.ts';
import type { Source, SourceSpec } from '../producer/sources/source.ts';
import type { CommandContext } from './command-context.ts';
import { warnOfStoredSecrets } from './header-secrets.ts';
import { sourceSpecs } from './source-specs.ts';
import { checkTargets } from './write-reports.ts';

/** The sources that the command line names, not read yet. Rejects with UsageError for what can be seen to be wrong with them, or with the reports that are to be made. */
export async function openInput({ config, words, implied, stdin }: CommandContext): Promise<Source[]> {
  const specs = sourceSpecs(words, config.process.listUrls, { implied, exists: existsSync });
  await checkTargets(config.report.targets, specs.flatMap(fileOf));
  return openSources(specs, { stdin });
}

function fileOf(spec: SourceSpec): string[] {
  if (spec.kind === 'file') return [spec.path];
  return spec.kind === 'stdin' ? ['/dev/stdin'] : [];
}

/** Opens the run that the options describe. */
export async function openRun(context: CommandContext, engine: Engine): Promise<RunId> {
  warnOfStoredSecrets(context);
  return engine.openRun(context.config.run, context.config.process.run ?? newRunId(Date.now()));
}
