import { readFile } from 'node:fs/promises';
import { UsageError } from '../model/errors.ts';
import type { Gates } from '../model/gates.ts';
import type { RunSummary } from '../model/run-summary.ts';
import { Baseline } from '../report/baseline.ts';
import { checkGates, urlMatcher } from '../report/gates.ts';
import type { FragmentFindings } from '../report/links/fragments.ts';
import type { RowMeasure } from '../report/row-measure.ts';
import type { CommandContext } from './command-context.ts';
import { findLog } from './find-log.ts';
import { previousRun, type Successor } from './local-runs.ts';

/** What the gates need from files. The files are read before anything is fetched. */
export interface GateInputs {
  baseline?: Baseline;
  isIgnored?: (url: string) => boolean;
}

/** As a value of `--baseline`: the run before the one that is judged. */
const PREVIOUS = 'previous';

/** Reads the baseline and the ignore file. `of` is the run that will be judged, for `--baseline previous`. Rejects with UsageError if a file cannot be read. */
export async function readGateInputs({ config, tell }: Pick<CommandContext, 'config' | 'tell'>, of: Successor): Promise<GateInputs> {
  const { ignoreFile, gates } = config.report;
  const { dataDir } = config.process;
  const baseline = config.report.baseline === PREVIOUS ? await previousRun(dataDir, of) : config.report.baseline;
  if (config.report.baseline === PREVIOUS && baseline === undefined)
    tell(`--baseline previous: ${dataDir} has no run before this one: every failure counts`);
  return {
    ...(baseline !== undefined && { baseline: await readBaseline(dataDir, baseline, gates) }),
    ...(ignoreFile !== undefined && { isIgnored: urlMatcher(await readIgnoreFile(ignoreFile)) }),
  };
}

/** The part of the gates' input that reports need too. */
export function comparedWith({ baseline }: GateInputs): { baseline?: Baseline } {
  return baseline === undefined ? {} : { baseline };
}

/** True if the run passes its gates. Without gates it passes if nothing failed and no fragment is missing. Prints which gates did not pass, and which failures did not count. */
export async function passesGates(
  { config, tell }: Pick<CommandContext, 'config' | 'tell'>,
  inputs: GateInputs,
  { books }: RunSummary,
  file: string,
  fragments: FragmentFindings | undefined,
  measured?: RowMeasure,
): Promise<boolean> {
  const { gates, gated } = config.report;
  if (!gated) return books.failed === 0 && (fragments?.missingTotal ?? 0) === 0;
  const { passed, words } = await checkGates({ file, gates, ...(fragments && { fragments }), ...(measured && { measured }), ...inputs });
  for (const said of words) tell(said);
  return passed;
}

async function readBaseline(dataDir: string, what: string, { failOn }: Gates): Promise<Baseline> {
  const { file } = await findLog(dataDir, what);
  return Baseline.read(file, failOn);
}

async function readIgnoreFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read the ignore file ${path}: ${(error as Error).message}`, { cause: error });
  }
}
