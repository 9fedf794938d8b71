import { UsageError } from '../model/errors.ts';
import type { RunSummary } from '../model/run-summary.ts';
import { loadReducer, type Reducer, reduceLog } from '../report/reducer.ts';
import type { ReportInput } from '../report/report.ts';
import { ReduceError, type Result, resultOf } from '../report/result.ts';
import { logEndBytes } from '../util/log-file.ts';
import type { CommandContext } from './command-context.ts';

/** Loads the module of `--reduce`, before anything is fetched. Undefined without the option. Rejects with UsageError if the module cannot be used. */
export async function openReducer({ config }: Pick<CommandContext, 'config'>): Promise<Reducer | undefined> {
  const { reduce } = config.report;
  return reduce === undefined ? undefined : loadReducer(reduce);
}

/** Runs the module on a run's log. Rejects with UsageError if the module fails; the message says how to repeat it, because the log is still complete. */
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

/** Adds the result to the input of a report: the module's result or, without a module, the one that the collector stored with the run. */
export async function withResult(reducer: Reducer | undefined, input: ReportInput): Promise<ReportInput> {
  const { summary, file } = input;
  if (reducer === undefined) return summary.result === undefined ? input : { ...input, result: resultOf(summary.result, 'run.json') };
  // The report must show the same rows that the result was made from, even while the log grows.
  const endBytes = input.endBytes ?? (await logEndBytes(file).catch(() => undefined));
  const result = await reduceRun(reducer, summary, file, endBytes);
  return { ...input, ...(endBytes !== undefined && { endBytes }), result };
}
