import type { Outcome } from '../model/outcome.ts';
import { thrownText } from '../util/thrown-text.ts';
import { readLogLinesInInputOrder } from './input-order.ts';
import { parseOutcome } from './read-outcomes.ts';
import type { Reducer } from './reducer.ts';
import { ReduceError, type Result, resultOf } from './result.ts';
import { whereFrom } from './row-words.ts';

/**
 * Folds the values (`data`) of a run's log, one after another, in the order of the input: so it comes to the same whatever was fetched first, and by whom. Rows
 * without values are passed over. In memory that does not grow with the rows, but for 24 bytes each and what the module keeps.
 *
 * @param sources names of the sources in input order
 * @param endBytes the log is read up to here; without it, to its end
 * @throws ReduceError if the module fails, or its result is no JSON; UsageError as `readOutcomes` does
 */
export async function reduceLog(reducer: Reducer, file: string, sources: readonly string[], endBytes?: number): Promise<Result> {
  const { path, modulePath, finish } = reducer;
  const failed = (what: string, cause: unknown) =>
    new ReduceError(`${what} of ${path} failed: ${thrownText(cause, modulePath)}`, { cause });
  let result = begin(reducer, failed);
  for await (const lines of readLogLinesInInputOrder(file, sources, endBytes)) {
    for (const line of lines) {
      const row = parseOutcome(file, line);
      for (const value of row.data ?? []) result = await add(reducer, result, value, row, failed);
    }
  }
  if (finish === undefined) return resultOf(result, path);
  try {
    result = await finish(result);
  } catch (cause) {
    throw failed('finish', cause);
  }
  return resultOf(result, path);
}

type Failed = (what: string, cause: unknown) => ReduceError;

function begin({ initial }: Reducer, failed: Failed): unknown {
  try {
    return typeof initial === 'function' ? initial() : structuredClone(initial);
  } catch (cause) {
    throw failed('initial', cause);
  }
}

async function add({ path, reduce }: Reducer, result: unknown, value: unknown, row: Outcome, failed: Failed): Promise<unknown> {
  let next: unknown;
  try {
    const reduced = reduce(result, value, row);
    next = reduced instanceof Promise ? await reduced : reduced;
  } catch (cause) {
    throw failed(`reduce at ${row.url} (${whereFrom(row) ?? 'discovered'})`, cause);
  }
  if (next === undefined) throw new ReduceError(`reduce of ${path} returned nothing: it has to return the result so far`);
  return next;
}
