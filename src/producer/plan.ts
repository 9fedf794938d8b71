import { lineParser } from '../model/lines/parse-line.ts';
import type { BareScheme } from '../model/run-options.ts';
import { bareSeedBy } from '../model/url/bare-scheme.ts';
import { KeySet } from '../util/key-map.ts';
import type { Source } from './sources/source.ts';

/** The amount of work in some sources. */
export interface Plan {
  /** Lines that are neither blank nor comments: `urls + duplicates + invalid`. */
  submitted: number;
  urls: number;
  duplicates: number;
  invalid: number;
  /** Sorted by number of URLs, largest first. */
  origins: readonly OriginPlan[];
  /** Lower bound of the run's duration because of `hostIntervalMs`; 0 without an interval. */
  leastMs: number;
  /** Estimated duration if every request takes `ASSUMED_MS`. */
  likelyMs: number;
}

interface OriginPlan {
  origin: string;
  urls: number;
  leastMs: number;
}

export interface PlanLimits {
  concurrency: number;
  hostConcurrency: number;
  hostIntervalMs: number;
  /** The scheme of URLs that are listed without one. */
  scheme?: BareScheme;
}

/** Assumed latency for the estimate. */
export const ASSUMED_MS = 100;

/**
 * Reads the sources without fetching their URLs; lists to download are downloaded. Uses 9 to 18 bytes of memory for
 * each URL.
 */
export async function planSources(sources: readonly Source[], limits: PlanLimits, signal: AbortSignal): Promise<Plan> {
  const seen = new KeySet();
  const byOrigin = new Map<string, number>();
  const counts = { submitted: 0, urls: 0, duplicates: 0, invalid: 0 };
  for (const source of sources) {
    const parse = lineParser(source.format);
    for await (const lines of source.lines(signal)) {
      for (const line of lines) {
        const seed = source.format === 'links' ? parse(line) : bareSeedBy(limits.scheme, parse(line));
        if (seed.kind === 'blank') continue;
        counts.submitted++;
        if (seed.kind === 'invalid') {
          counts.invalid++;
        } else if (!seen.add(seed.key) && source.identity !== 'line') {
          counts.duplicates++;
        } else {
          counts.urls++;
          // A local link of a document is already checked and needs no request.
          if (seed.request?.checked !== undefined) continue;
          byOrigin.set(seed.origin, (byOrigin.get(seed.origin) ?? 0) + 1);
        }
      }
    }
  }
  const origins = [...byOrigin]
    .map(([origin, urls]) => ({ origin, urls, leastMs: (urls - 1) * limits.hostIntervalMs }))
    .sort((a, b) => b.urls - a.urls);
  const requests = origins.reduce((sum, { urls }) => sum + urls, 0);
  const largest = origins[0]?.urls ?? 0;
  const leastMs = Math.max(0, (largest - 1) * limits.hostIntervalMs);
  const lanes = Math.min(limits.hostConcurrency, limits.concurrency);
  const likelyMs = Math.max(leastMs, Math.ceil(largest / lanes) * ASSUMED_MS, Math.ceil(requests / limits.concurrency) * ASSUMED_MS);
  return { ...counts, origins, leastMs, likelyMs };
}
