import type { RunCounts } from '../../engine/run-counts.ts';
import { metLimits } from '../../report/links/left-out-words.ts';
import { duration, shownNumber } from '../../report/shown-figures.ts';
import type { Clock } from '../../util/clock.ts';
import { ratePerSecond, type Sample, withSample } from '../../util/rate.ts';
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

/** What the line says beside the counts. */
interface ProgressFacts {
  /** URLs per second, if that is known. */
  rate: number | undefined;
  /** Origins that are held back. */
  throttled: number;
  /** Links are followed, so that each page can bring more. */
  grows: boolean;
  /** Politeness allows no less for what waits, in milliseconds. */
  leastMs: number;
}

const BAR_COLUMNS = 20;

/** A part of the line: what is least needed, the highest number, goes first where there is no room. */
interface Part {
  text: string;
  rank: number;
}

/**
 * `█████░░░░░░░░░░░░░░░ 24 % · 12,000 / 50,000 · 8,100/s · 10 in flight · 31 failed · 2 origins throttled · 5s left`, in at most `columns - 1` characters (the last column makes some
 * terminals wrap). While more URLs can come the total is marked with a `+`, and neither a share nor a time is promised.
 */
export function progressText(counts: RunCounts, { rate, throttled, grows, leastMs }: ProgressFacts, columns: number): string {
  const total = counts.accepted + counts.discovered;
  const isWhole = counts.sealedAt !== undefined && !grows;
  const left = total - counts.settled;
  const leftSeconds = Math.max(rate ? left / rate : 0, leastMs / 1_000);
  let parts: Part[] = [
    ...(isWhole && total > 0 ? [{ text: bar(counts.settled / total), rank: 6 }] : []),
    { text: `${shownNumber(counts.settled)} / ${shownNumber(total)}${isWhole ? '' : '+'}`, rank: 0 },
    ...(rate === undefined ? [] : [{ text: `${shownNumber(rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate))}/s`, rank: 1 }]),
    ...(counts.inFlight > 0 ? [{ text: `${shownNumber(counts.inFlight)} in flight`, rank: 5 }] : []),
    { text: `${shownNumber(counts.failed)} failed`, rank: 2 },
    ...(throttled > 0 ? [{ text: `${shownNumber(throttled)} origin${throttled === 1 ? '' : 's'} throttled`, rank: 4 }] : []),
    ...metLimits(counts.leftOut).map((limit) => ({ text: `${limit} reached`, rank: 7 })),
    ...(isWhole && leftSeconds > 0 ? [{ text: `${duration(leftSeconds)} left`, rank: 3 }] : []),
  ];
  const line = () => parts.map(({ text }) => text).join(' · ');
  while (parts.length > 1 && line().length > columns - 1) {
    const least = Math.max(...parts.map(({ rank }) => rank));
    parts = parts.filter(({ rank }) => rank !== least);
  }
  return line().slice(0, Math.max(0, columns - 1));
}

function bar(share: number): string {
  const full = Math.floor(share * BAR_COLUMNS);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_COLUMNS - full)} ${Math.floor(share * 100)} %`;
}
