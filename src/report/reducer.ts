import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../model/errors.ts';
import type { Outcome } from '../model/outcome.ts';
import { loadProblem } from '../util/load-problem.ts';

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
    throw unusable(path, 'it exports no initial: write export const initial = … in it, which the first call of reduce gets');
  if (finish !== undefined && typeof finish !== 'function') throw unusable(path, 'its finish is no function');
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
