import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UsageError } from '../core/errors.ts';
import { Mapper } from './mapper.ts';

/** Enough for what a module needs to be loaded. */
const HEAP_MB = 512;

/** Loads the map module in a thread of its own, which ends then. Rejects with UsageError, which says what to do, if it cannot be used. @param path from the working directory */
export async function checkMapModule(path: string): Promise<void> {
  const modulePath = resolve(path);
  const found = await stat(modulePath).catch(() => undefined);
  if (!found?.isFile())
    throw new UsageError(`there is no map module ${path} (${modulePath}): --map FILE is a path from the working directory`);
  const mapper = new Mapper(modulePath, HEAP_MB);
  try {
    const problem = await mapper.loadProblem();
    if (problem !== undefined) throw new UsageError(`the map module ${path} cannot be used: ${problem}`);
  } finally {
    await mapper.end();
  }
}
