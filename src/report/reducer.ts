import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../model/errors.ts';
import type { Outcome } from '../model/outcome.ts';
import { loadProblem, thrownText } from '../util/thrown-text.ts';
import { readLogLinesInInputOrder } from './input-order.ts';
import { parseOutcome } from './read-outcomes.ts';
import { ReduceError, type Result, resultOf } from './result.ts';
import { whereFrom } from './row-words.ts';

/** The `reduce` function of a reduce module. It gets the result so far, one more value and the value's row, and returns the new result. It may change the result so far in place, and must then return it. */
export type ReduceFunction<Result = unknown, Value = unknown> = (result: Result, value: Value, row: Outcome) => Result | Promise<Result>;

/** A loaded reduce module. */
export interface Reducer {
  /** As the user wrote it, for messages. */
  path: string;
  /** Absolute. */
  modulePath: string;
  /** The first result: a value, which each fold copies, or a function that returns it. */
  initial: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: the author of the module decides its types.
  reduce: ReduceFunction<any, any>;
  /** Turns the last result into the one that is reported. */
  finish?: (result: unknown) => unknown;
}

/**
 * Loads a module that exports `initial`, `reduce` and optionally `finish`.
 *
 * @param path relative to the working directory
 * @throws UsageError, which says what to do, if the module cannot be used
 */
export async function loadReducer(path: string): Promise<Reducer> {
  const modulePath = resolve(path);
  const found = await stat(modulePath).catch(() => undefined);
  if (!found?.isFile())
    throw new UsageError(`there is no reduce module ${path} (${modulePath}): --reduce FILE is a path from the working directory`);
  const exported = await importReducer(path, modulePath);
  const { initial, reduce, finish } = exported;
  if (typeof reduce !== 'function')
    throw unusable(path, 'it exports no function reduce: write export function reduce(result, value, row) { … return result; } in it');
  if (initial === undefined)
    throw unusable(path, 'it exports no initial: write export const initial = … in it; the first call of reduce gets it');
  if (finish !== undefined && typeof finish !== 'function') throw unusable(path, 'its finish is not a function');
  return {
    path,
    modulePath,
    initial,
    reduce: reduce as Reducer['reduce'],
    ...(finish && { finish: finish as NonNullable<Reducer['finish']> }),
  };
}

async function importReducer(path: string, modulePath: string): Promise<Record<string, unknown>> {
  try {
    const { importModule } = await import('../util/import-module.ts');
    const module = await importModule(pathToFileURL(modulePath).href);
    // Node does not always find the exports of a CommonJS module by name; `default` has all of them.
    return module.reduce === undefined && typeof module.default === 'object' ? { ...module.default, ...module } : module;
  } catch (cause) {
    throw unusable(path, loadProblem(cause, modulePath), cause);
  }
}

function unusable(path: string, problem: string, cause?: unknown): UsageError {
  return new UsageError(`the reduce module ${path} cannot be used: ${problem}`, { cause });
}

/**
 * Folds the values (`data`) of a run's log, one after another, in the order of the input. So the result does not depend on which URL was fetched first, or by which worker.
 * Rows without values are skipped. Takes 24 bytes of memory a row, and what the module keeps.
 *
 * @param sources names of the sources in input order
 * @param endBytes where to stop reading the log; its end by default
 * @throws ReduceError if the module fails or its result is not JSON; UsageError as `readOutcomes` does
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
