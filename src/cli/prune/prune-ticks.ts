import type { Engine } from '../../engine/engine.ts';

/** A watch whose tick is overdue for longer was killed, or has lost Redis for that long. */
const OVERDUE_MS = 10 * 60_000;

/** Removes the timers that killed `trawl watch` processes left on Redis, and returns the runs that these watches began with. `dryRun`: removes nothing. */
export async function pruneTicks(
  engine: Pick<Engine, 'deadTicks' | 'removeTicks'>,
  { dryRun = false, overdueMs = OVERDUE_MS }: { dryRun?: boolean; overdueMs?: number } = {},
): Promise<string[]> {
  const dead = await engine.deadTicks(overdueMs);
  if (!dryRun) for (const name of dead) await engine.removeTicks(name);
  return dead;
}
