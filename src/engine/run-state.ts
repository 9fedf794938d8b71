import type { RunCounts } from './engine.ts';

export type RunState = 'open' | 'running' | 'ended' | 'paused' | 'cancelled';

/** The state as it is shown: `open` takes batches, `running` is sealed, `ended` has an outcome for every URL. */
export function runState(counts: RunCounts): RunState {
  if (counts.ended) return counts.state === 'cancelled' ? 'cancelled' : 'ended';
  if (counts.state !== 'open') return counts.state;
  return counts.sealedAt === undefined ? 'open' : 'running';
}
