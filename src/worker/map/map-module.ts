import { UsageError } from '../../model/errors.ts';
import { findMapModule, type MapPlaces } from './map-places.ts';
import { MapPool } from './map-pool.ts';

/** The message about a module that cannot be used. */
export function unusableModule(path: string, problem: string): string {
  return `the map module ${path} cannot be used: ${problem}`;
}

/**
 * Checks that the module can be found and loaded. Rejects with UsageError if it cannot be used. Resolves if no process
 * can be started just now: that says nothing about the module, and the worker tries again.
 */
export async function checkMapModule(path: string, places: MapPlaces): Promise<void> {
  const pool = new MapPool(await findMapModule(path, places), { mappers: 1, print: places.print });
  try {
    const problem = await pool.loadProblem();
    if (problem?.kind === 'unloadable') throw new UsageError(unusableModule(path, problem.message));
  } finally {
    await pool.close();
  }
}
