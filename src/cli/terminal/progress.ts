import type { RunCounts } from '../../engine/run-counts.ts';
import { metLimits } from '../../report/links/left-out-words.ts';
import { duration, shownNumber } from '../../report/shown-figures.ts';
import type { Clock } from '../../util/clock.ts';
import { ratePerSecond, type Sample, withSample } from '../../util/rate.ts';
import type { StatusLine } from './status-line.ts';

/** Five updates a second: nobody can read faster. */
const INTERVAL_MS = 200;

/** The progress of a run. */
export interface Standing {
  counts: RunCounts;
  /** The number of throttled origins. */
  throttled: number;
  /** True if links are followed, so that the number of URLs can grow. */
  grows: boolean;
  /** The least time that the waiting URLs will take, because of politeness. */
  leastMs: number;
}

/** Shows the progress of a run in the status line, until `stop`, which clears it. If the progress cannot be read, that update is skipped; it never disturbs the run. */
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

/** What the line shows in addition to the counts. */
interface ProgressFacts {
  /** URLs per second, if known. */
  rate: number | undefined;
  throttled: number;
  grows: boolean;
  leastMs: number;
}

const BAR_COLUMNS = 20;

/** A part of the line. If the line is too long, the parts with the highest rank are dropped first. */
interface Part {
  text: string;
  rank: number;
}

/**
 * `█████░░░░░░░░░░░░░░░ 24 % · 12,000 / 50,000 · 8,100/s · 10 in flight · 31 failed · 2 origins throttled · 5s left`, in at most `columns - 1` characters, because some terminals wrap after
 * the last column. While more URLs can be added, the total has a `+`, and no percentage or remaining time is shown.
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
