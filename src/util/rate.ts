/** The number of URLs that were done at one moment. */
export interface Sample {
  atMs: number;
  done: number;
}

const WINDOW_MS = 5_000;

/** The samples with a new one appended. Samples older than the window of 5 s are dropped. */
export function withSample(samples: readonly Sample[], sample: Sample): Sample[] {
  return [...samples.filter(({ atMs }) => atMs > sample.atMs - WINDOW_MS), sample];
}

/** With samples closer together than this, the rate would be mostly noise. */
const MIN_SPAN_MS = 400;

/** URLs per second over the window. Undefined until the samples cover 400 ms. */
export function ratePerSecond(samples: readonly Sample[]): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.atMs - first.atMs < MIN_SPAN_MS) return undefined;
  return ((last.done - first.done) * 1_000) / (last.atMs - first.atMs);
}
