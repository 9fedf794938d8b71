import { lineParser } from '../model/lines/parse-line.ts';
import type { BareScheme } from '../model/run-options.ts';
import { bareSeedBy } from '../model/url/bare-scheme.ts';
import { KeySet } from '../util/key-map.ts';
import type { Source } from './sources/source.ts';

/** What a crawl of some sources would have to do. */
export interface Plan {
  /** Lines that are neither blank nor a comment: `urls + duplicates + invalid`. */
  submitted: number;
  urls: number;
  duplicates: number;
  invalid: number;
  /** Those with most URLs first. */
  origins: readonly OriginPlan[];
  /** The run cannot take less: some origin's interval does not allow it. 0 without an interval. */
  leastMs: number;
  /** What it would take if every request took `ASSUMED_MS`. */
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
  /** Of URLs that the list gives without a scheme. */
  scheme?: BareScheme;
}

/** A usual latency, for an estimate. */
export const ASSUMED_MS = 100;

/** Reads the sources and fetches nothing, but for lists that are to be downloaded. Holds 10 to 15 bytes for each URL. */
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
          // Of a local link all is known.
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
  const most = origins[0]?.urls ?? 0;
  const leastMs = Math.max(0, (most - 1) * limits.hostIntervalMs);
  const lanes = Math.min(limits.hostConcurrency, limits.concurrency);
  const likelyMs = Math.max(leastMs, Math.ceil(most / lanes) * ASSUMED_MS, Math.ceil(requests / limits.concurrency) * ASSUMED_MS);
  return { ...counts, origins, leastMs, likelyMs };
}
