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

/** What a reduce module exports as `reduce`: what comes of the result so far with one more value, and the row that it is in. It may change the result so far, and must return it. */
export type ReduceFunction<Result = unknown, Value = unknown> = (result: Result, value: Value, row: Outcome) => Result | Promise<Result>;

/** A reduce module, loaded. */
export interface Reducer {
  /** As it was written, for messages. */
  path: string;
  /** Absolute. */
  modulePath: string;
  /** What each fold begins with: a value, of which it gets a copy, or a function that gives it. */
  initial: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: what a module takes is the business of whoever wrote it.
  reduce: ReduceFunction<any, any>;
  /** What becomes the result in the end. */
  finish?: (result: unknown) => unknown;
}

/** Loads a module that exports `initial`, `reduce` and, if it likes, `finish`. Rejects with UsageError, which says what to do, if it cannot be used. @param path from the working directory */
export async function loadReducer(path: string): Promise<Reducer> {
  const modulePath = resolve(path);
  const found = await stat(modulePath).catch(() => undefined);
  if (!found?.isFile())
    throw new UsageError(`there is no reduce module ${path} (${modulePath}): --reduce FILE is a path from the working directory`);
  const exported = await importModule(path, modulePath);
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

async function importModule(path: string, modulePath: string): Promise<Record<string, unknown>> {
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(modulePath).href);
    // What CommonJS exports is not always found by name.
    return module.reduce === undefined && typeof module.default === 'object' ? { ...module.default, ...module } : module;
  } catch (cause) {
    throw unusable(path, loadProblem(cause, modulePath), cause);
  }
}

function unusable(path: string, problem: string, cause?: unknown): UsageError {
  return new UsageError(`the reduce module ${path} cannot be used: ${problem}`, { cause });
}

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
