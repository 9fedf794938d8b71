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
