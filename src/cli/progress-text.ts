import type { RunCounts } from '../engine/engine.ts';

/** How many URLs were done at a moment. */
export interface Sample {
  atMs: number;
  done: number;
}

const WINDOW_MS = 5_000;

/** The samples with a new one, and without those older than the window over which the rate is taken. */
export function withSample(samples: readonly Sample[], sample: Sample): Sample[] {
  return [...samples.filter(({ atMs }) => atMs > sample.atMs - WINDOW_MS), sample];
}

/** URLs per second over the window, or undefined while nothing can be said. */
export function ratePerSecond(samples: readonly Sample[]): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.atMs - first.atMs < 400) return undefined;
  return ((last.done - first.done) * 1_000) / (last.atMs - first.atMs);
}

/**
 * `12,000 / 50,000 · 8,100/s · 31 failed · 5s left`, in at most `columns - 1` characters (the last column makes some terminals wrap): parts go from the right
 * until it fits. While more URLs can come the total is marked with a `+` and no time is promised.
 */
export function progressText(counts: RunCounts, rate: number | undefined, columns: number): string {
  const total = counts.accepted + counts.discovered;
  const sealed = counts.sealedAt !== undefined;
  const parts = [
    `${number(counts.settled)} / ${number(total)}${sealed ? '' : '+'}`,
    ...(rate === undefined ? [] : [`${number(rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate))}/s`]),
    `${number(counts.failed)} failed`,
    ...(rate && sealed && total > counts.settled ? [`${duration((total - counts.settled) / rate)} left`] : []),
  ];
  while (parts.length > 1 && parts.join(' · ').length > columns - 1) parts.pop();
  return parts.join(' · ').slice(0, Math.max(0, columns - 1));
}

/** Seconds as people say them: `8s`, `3m 05s`, `2h 10m`. */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)}m ${String(whole % 60).padStart(2, '0')}s`;
  return `${Math.floor(whole / 3_600)}h ${String(Math.floor((whole % 3_600) / 60)).padStart(2, '0')}m`;
}

const digits = new Intl.NumberFormat('en-US');

/** With a comma at each thousand. */
export function number(value: number): string {
  return digits.format(value);
}
