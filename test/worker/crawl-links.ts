/** Crawls with a real worker on a memory engine. */

import type { Engine } from '../../src/engine/engine.ts';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import type { RunCounts } from '../../src/engine/run-counts.ts';
import type { Log } from '../../src/model/log.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { RunOptions } from '../../src/model/run-options.ts';
import { runWorker } from '../../src/worker/work.ts';
import { batchOf, collectAll, runOptions } from '../contracts/crew.ts';

export interface Crawled {
  rows: Outcome[];
  counts: RunCounts;
  /** `URL verdict`, in order; without the origin if it is that of the first seed. */
  verdicts: string[];
  row(url: string): Outcome | undefined;
  /** What the worker logged. */
  logged: string[];
}

export interface CrawlSetting {
  concurrency?: number;
  engine?: Engine;
  /** Engines of the same deployment, with one worker each. */
  others?: readonly Engine[];
}

/** Crawls from the seeds, without robots.txt unless `changes` says otherwise, and returns all results. */
export async function crawlLinks(
  seeds: readonly string[],
  changes: Partial<RunOptions> = {},
  { concurrency = 10, engine = createMemoryEngine(), others = [] }: CrawlSetting = {},
): Promise<Crawled> {
  const stop = new AbortController();
  const logged: string[] = [];
  const working = Promise.all([engine, ...others].map((each) => startWorker(each, stop.signal, { concurrency, logged })));
  const run = await engine.openRun(runOptions({ retries: 1, ...changes }));
  await engine.submit(run, batchOf(0, seeds));
  await engine.seal(run, 1);
  const { outcomes: rows } = await collectAll(engine, run);
  const counts = await engine.counts(run);
  stop.abort();
  await working;
  const { origin } = new URL(seeds[0] as string);
  const shown = (url: string) => (url.startsWith(`${origin}/`) ? url.slice(origin.length) : url);
  return {
    rows,
    counts,
    verdicts: rows.map(({ url, verdict }) => `${shown(url)} ${verdict}`).sort(),
    row: (url) => rows.find((row) => row.url === url || shown(row.url) === url),
    logged,
  };
}

/** Runs a worker on the engine until the signal aborts. */
export function startWorker(
  engine: Engine,
  signal: AbortSignal,
  { concurrency = 10, drainMs = 0, logged = [] as string[], env = {}, alone = true } = {},
): Promise<void> {
  const note = (fields: object, text: string) => void logged.push(`${text} ${JSON.stringify(fields)}`);
  const log = { debug: note, info: note, warn: note, error: note } as Log;
  return runWorker(engine, { concurrency, drainMs, worker: 'w', alone, env }, log, signal);
}
