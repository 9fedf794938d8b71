import { readFile } from 'node:fs/promises';
import { UsageError } from '../model/errors.ts';
import type { RunSummary } from '../model/run-summary.ts';
import { judge, urlMatcher } from '../report/judge.ts';
import type { FragmentFindings } from '../report/links/fragments.ts';
import type { CommandContext } from './command-context.ts';
import { findLog } from './find-log.ts';

/** What the gates need, found before anything is fetched. */
export interface GateInputs {
  baseline?: string;
  isIgnored?: (url: string) => boolean;
}

/** Rejects with UsageError if the baseline or the ignore file cannot be read. */
export async function readGateInputs({ config }: Pick<CommandContext, 'config'>): Promise<GateInputs> {
  const { baseline, ignoreFile } = config.report;
  return {
    ...(baseline !== undefined && { baseline: (await findLog(config.process.dataDir, baseline)).file }),
    ...(ignoreFile !== undefined && { isIgnored: urlMatcher(await readIgnoreFile(ignoreFile)) }),
  };
}

/** True if the run holds against its gates: without any, if nothing failed and no fragment is missing. Tells people which gate did not hold, and what was left out of account. */
export async function judgeRun(
  { config, tell }: Pick<CommandContext, 'config' | 'tell'>,
  inputs: GateInputs,
  { books }: RunSummary,
  file: string,
  fragments: FragmentFindings | undefined,
): Promise<boolean> {
  const { gates, gated } = config.report;
  if (!gated) return books.failed === 0 && (fragments?.missingTotal ?? 0) === 0;
  const { passed, words } = await judge({ file, gates, ...(fragments && { fragments }), ...inputs });
  for (const said of words) tell(said);
  return passed;
}

async function readIgnoreFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read the ignore file ${path}: ${(error as Error).message}`, { cause: error });
  }
}
