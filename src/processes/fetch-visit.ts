import { setTimeout as sleep } from 'node:timers/promises';
import type { Visit } from '../engine/visit.ts';
import { MAP_AGAIN_MS } from '../worker/map/map-page.ts';
import type { Visitor } from '../worker/work.ts';

/** Fetches the entries of the visit, or waits a little and fetches none if this process cannot do what the run needs. */
export async function fetchVisit(visitor: Pick<Visitor, 'visit' | 'accepts'>, visit: Visit): Promise<void> {
  if (await visitor.accepts(visit.run, visit.options)) await visitor.visit(visit);
  // The visit's entries go back. The pause keeps them from being lent again at once.
  else await sleep(MAP_AGAIN_MS, undefined, { signal: visit.signal }).catch(() => {});
}
