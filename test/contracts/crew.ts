import assert from 'node:assert/strict';
import type { Batch } from '../../src/engine/batch.ts';
import type { Ending, OriginHold } from '../../src/engine/ending.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Visit, WorkLimits } from '../../src/engine/visit.ts';
import type { Entry } from '../../src/model/entry.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { RunId } from '../../src/model/run-id.ts';
import type { RunOptions } from '../../src/model/run-options.ts';
import { defaultRunOptions } from '../../src/options/load-config.ts';
import { DEADLINE_MS } from '../helpers/until.ts';

export { until } from '../helpers/until.ts';

/** An engine under test, with a control for effects that need time to pass. */
export interface EngineOnTrial {
  engine: Engine;
  /** Makes the claim on the run lapse. */
  lapse(run: RunId): Promise<void>;
}

export function runOptions(changes: Partial<RunOptions> = {}): RunOptions {
  return { ...defaultRunOptions(), userAgent: 'test', ...changes };
}

export function batchOf(number: number, lines: readonly string[], firstLine = 1): Batch {
  return { number, firstLine, lines };
}

export function urls(count: number, host = 'a.test'): string[] {
  return Array.from({ length: count }, (_, index) => `http://${host}/${index}`);
}

export function outcomeOf(run: RunId, entry: Entry, changes: Partial<Outcome> = {}): Outcome {
  return {
    schema: 1,
    run,
    url: entry.url,
    ...(entry.line === undefined ? {} : { line: entry.line }),
    method: 'GET',
    status: 200,
    verdict: 'ok',
    ok: true,
    attempts: entry.attempts + 1,
    depth: entry.depth,
    finishedAt: new Date().toISOString(),
    ...changes,
  };
}

export function done(visit: Visit, entry: Entry, origin?: OriginHold): Ending {
  return { kind: 'outcome', outcome: outcomeOf(visit.run, entry), ...(origin === undefined ? {} : { origin }) };
}

/** What a crew did: the start and end of each fetch, on a monotonic clock. */
export interface Fetch {
  run: RunId;
  url: string;
  origin: string;
  startMs: number;
  endMs: number;
}

export interface Crew {
  fetches: Fetch[];
  /** The maximum concurrency, in total and per origin. */
  mostAtOnce(origin?: string): number;
  stop(): Promise<void>;
}

export type FetchEntry = (entry: Entry, visit: Visit) => Promise<Ending>;

/** Starts workers on the engine, with a function in place of real fetches. */
export function startCrew(
  engine: Engine,
  fetchEntry: FetchEntry,
  { concurrency = 10, drainMs = 5_000, worker = 'crew', accepts, allowance }: Partial<WorkLimits> = {},
): Crew {
  const stop = new AbortController();
  const fetches: Fetch[] = [];
  const visitor = async (visit: Visit) => {
    for (let entry = await visit.next(); entry !== undefined; entry = await visit.next()) {
      const fetch = { run: visit.run, url: entry.url, origin: entry.origin, startMs: performance.now(), endMs: Number.POSITIVE_INFINITY };
      fetches.push(fetch);
      const ending = await fetchEntry(entry, visit);
      fetch.endMs = performance.now();
      visit.settle(entry, ending);
    }
  };
  const limits = { concurrency, drainMs, worker, ...(accepts && { accepts }), ...(allowance && { allowance }) };
  const working = engine.work(visitor, limits, stop.signal);
  return {
    fetches,
    mostAtOnce: (origin) => mostAtOnce(fetches.filter((fetch) => origin === undefined || fetch.origin === origin)),
    stop: async () => {
      stop.abort();
      await working;
    },
  };
}

function mostAtOnce(fetches: readonly Fetch[]): number {
  const moments = fetches.flatMap(({ startMs, endMs }) => [
    { atMs: startMs, by: 1 },
    { atMs: endMs, by: -1 },
  ]);
  moments.sort((a, b) => a.atMs - b.atMs || a.by - b.by);
  let now = 0;
  let most = 0;
  for (const { by } of moments) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}

/** Collects all outcomes until the run ends. Fails if it does not end in time. */
export async function collectAll(engine: Engine, run: RunId, from = ''): Promise<{ outcomes: Outcome[]; cursors: string[] }> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const outcomes: Outcome[] = [];
  const cursors: string[] = [];
  for await (const batch of engine.outcomes(run, from, deadline)) {
    outcomes.push(...batch.lines.map((line) => JSON.parse(line) as Outcome));
    cursors.push(batch.cursor);
  }
  if (deadline.aborted) assert.fail(`the run did not end: ${JSON.stringify(await engine.counts(run))}, ${outcomes.length} outcomes`);
  return { outcomes, cursors };
}

export function sorted(outcomes: readonly Outcome[]): string[] {
  return outcomes.map((outcome) => outcome.url).sort();
}
