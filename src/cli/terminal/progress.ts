import type { RunCounts } from '../../engine/engine.ts';
import type { Clock } from '../../util/clock.ts';
import { ratePerSecond, type Sample, withSample } from '../../util/rate.ts';
import { progressText } from './progress-text.ts';
import type { StatusLine } from './status-line.ts';

/** Five times a second is as fast as anyone reads. */
const INTERVAL_MS = 200;

/** Where a run stands, for people. */
export interface Standing {
  counts: RunCounts;
  /** Origins that are held back. */
  throttled: number;
  /** Links are followed. */
  grows: boolean;
  /** What waits takes so long at the least, whatever the rate. */
  leastMs: number;
}

/** Keeps the status line telling how far a run is, until `stop`, which clears it. A look that fails is skipped: progress never disturbs the run. */
export function startProgress(standing: () => Promise<Standing>, line: StatusLine, columns: () => number, clock: Clock): { stop(): void } {
  let samples: Sample[] = [];
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const look = async () => {
    const now = await standing().catch(() => undefined);
    if (stopped) return;
    if (now !== undefined) {
      samples = withSample(samples, { atMs: clock.monotonicMs(), done: now.counts.settled });
      line.show(
        progressText(
          now.counts,
          { rate: ratePerSecond(samples), throttled: now.throttled, grows: now.grows, leastMs: now.leastMs },
          columns(),
        ),
      );
    }
    timer = setTimeout(look, INTERVAL_MS);
  };
  void look();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      line.clear();
    },
  };
}
