import { UsageError } from '../model/errors.ts';
import type { RunSummary } from '../model/run-summary.ts';
import { loadReducer, type Reducer, reduceLog } from '../report/reducer.ts';
import type { ReportInput } from '../report/report.ts';
import { ReduceError, type Result, resultOf } from '../report/result.ts';
import { logEndBytes } from '../util/log-file.ts';
import type { CommandContext } from './command-context.ts';

/** The module of `--reduce`, before anything is fetched; undefined without one. Rejects with UsageError if it cannot be used. */
export async function openReducer({ config }: Pick<CommandContext, 'config'>): Promise<Reducer | undefined> {
  const { reduce } = config.report;
  return reduce === undefined ? undefined : loadReducer(reduce);
}

/** What the module makes of a run's log. Rejects with UsageError if it fails, and says how to do it again: the log is as good as before. */
export async function reduceRun(reducer: Reducer, { run, sources = [] }: RunSummary, file: string, endBytes?: number): Promise<Result> {
  try {
    return await reduceLog(reducer, file, sources, endBytes);
  } catch (error) {
    if (!(error instanceof ReduceError)) throw error;
    throw new UsageError(`${error.message}; no row is lost: fix the module, then run trawl report ${run} --reduce ${reducer.path}`, {
      cause: error.cause,
    });
  }
}

/** The report's input with its result: the module's, or the one that the run's collector kept. */
export async function withResult(reducer: Reducer | undefined, input: ReportInput): Promise<ReportInput> {
  const { summary, file } = input;
  if (reducer === undefined) return summary.result === undefined ? input : { ...input, result: resultOf(summary.result, 'run.json') };
  // The rows of the report are those that the result is made of, also while the log grows.
  const endBytes = input.endBytes ?? (await logEndBytes(file).catch(() => undefined));
  const result = await reduceRun(reducer, summary, file, endBytes);
  return { ...input, ...(endBytes !== undefined && { endBytes }), result };
}
