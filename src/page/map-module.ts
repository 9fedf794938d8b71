import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UsageError } from '../core/errors.ts';
import { MapPool } from './map-pool.ts';

/** The absolute path of a map module. Rejects with UsageError if there is no such file. @param path from the working directory */
export async function findMapModule(path: string): Promise<string> {
  const modulePath = resolve(path);
  const found = await stat(modulePath).catch(() => undefined);
  if (!found?.isFile())
    throw new UsageError(`there is no map module ${path} (${modulePath}): --map FILE is a path from the working directory`);
  return modulePath;
}

/** Loads the module in the pool, which is then ready for a page. Rejects with UsageError, which says what to do, if it cannot be used. */
export async function loadMapModule(path: string, pool: MapPool): Promise<void> {
  const problem = await pool.loadProblem();
  if (problem !== undefined) throw new UsageError(`the map module ${path} cannot be used: ${problem}`);
}

/** Finds and loads the module, and forgets it again. Rejects with UsageError if it cannot be used. @param path from the working directory */
export async function checkMapModule(path: string): Promise<void> {
  const pool = new MapPool(await findMapModule(path), { mappers: 1 });
  try {
    await loadMapModule(path, pool);
  } finally {
    await pool.close();
  }
}
