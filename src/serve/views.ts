import type { z } from 'zod';
import { type EngineFacts, LATENCY_BOUNDS_MS } from '../engine/facts.ts';
import type { DeploymentFigures } from '../metrics/deployment-metrics.ts';
import type { RunOptions } from '../model/run-options.ts';
import { byHold, throttleReason } from '../report/throttle-reason.ts';
import type { FoundLog } from './run-results.ts';
import type { Overview, RunDetails, RunView } from './schemas.ts';
import { NEWEST, type RunStanding, type Snapshot } from './snapshots.ts';

/** The most items of each list that a snapshot sends to viewers. */
const MAX_SHOWN = { runs: NEWEST, origins: 50, workers: 100, failures: 20 } as const;

/** A snapshot in the form of the page and the API. Its size does not grow with the number of runs. */
export function overviewOf(snapshot: Snapshot): z.infer<typeof Overview> {
  const { atMs, away, latencyMs, runs, throttled, facts } = snapshot;
  return {
    at: new Date(atMs).toISOString(),
    redis: {
      reachable: away === undefined,
      ...(away !== undefined && { awaySince: new Date(away.sinceMs).toISOString(), reason: away.reason }),
      latencyMs: Math.round(latencyMs * 10) / 10,
      ...facts.redis,
    },
    totals: totalsOf(snapshot),
    runs: runs.slice(0, MAX_SHOWN.runs).map(runView),
    throttled: byHold(throttled)
      .slice(0, MAX_SHOWN.origins)
      .map((it) => ({ origin: it.origin, concurrency: it.concurrency, holdMs: it.holdMs, cause: throttleReason(it) })),
    workers: facts.workers.slice(0, MAX_SHOWN.workers).map(({ name, slots, seenMsAgo, activity }) => ({
      name,
      slots,
      ...(activity !== undefined && { busySlots: activity.busy }),
      ...(seenMsAgo !== undefined && { seenMsAgo }),
    })),
    collectors: [...collectorsOf(snapshot)].slice(0, MAX_SHOWN.workers).map(([name, collected]) => ({ name, runs: collected })),
    latency: { boundsMs: [...LATENCY_BOUNDS_MS], counts: latencyOf(facts) },
    failures: facts.workers
      .flatMap(({ activity }) => activity?.failures ?? [])
      .sort((a, b) => (a.at < b.at ? 1 : -1))
      .slice(0, MAX_SHOWN.failures),
  };
}

/** The collectors that are alive or hold a run, and how many runs each holds. */
function collectorsOf({ runs, facts }: Snapshot): Map<string, number> {
  const collectors = new Map(facts.collectors.map(({ name }) => [name, 0]));
  for (const { collector } of runs) if (collector !== undefined) collectors.set(collector, (collectors.get(collector) ?? 0) + 1);
  return collectors;
}

/** The sum of the histograms of all workers. */
function latencyOf({ workers }: EngineFacts): number[] {
  const counts = Array.from({ length: LATENCY_BOUNDS_MS.length + 1 }, () => 0);
  for (const { activity } of workers) {
    for (const [range, outcomes] of (activity?.latency ?? []).entries()) counts[range] = (counts[range] ?? 0) + outcomes;
  }
  return counts;
}

function totalsOf(snapshot: Snapshot): z.infer<typeof Overview>['totals'] {
  const { total: all, runs, throttled, facts } = snapshot;
  const total = (of: (standing: RunStanding) => number) => runs.reduce((sum, standing) => sum + of(standing), 0);
  return {
    runs: all,
    activeRuns: runs.filter(({ counts }) => !counts.ended).length,
    ratePerSecond: Math.round(total(({ rate = 0 }) => rate) * 10) / 10,
    waiting: total(waitingOf),
    inFlight: total(({ counts }) => counts.inFlight),
    readyOrigins: total(({ backlog }) => backlog.readyOrigins),
    queuedBatches: total(({ backlog }) => backlog.queuedBatches),
    unreleased: total(({ counts }) => counts.unreleased),
    throttledOrigins: throttled.length,
    workers: facts.workers.length,
    slots: facts.workers.reduce((sum, { slots }) => sum + slots, 0),
    busySlots: facts.workers.reduce((sum, { activity }) => sum + (activity?.busy ?? 0), 0),
    collectors: collectorsOf(snapshot).size,
  };
}

/** A snapshot in the form of the metrics. */
export function figuresOf(snapshot: Snapshot): DeploymentFigures {
  const { away, runs, facts, totals, latencyMs } = snapshot;
  const { waiting, inFlight, readyOrigins, queuedBatches, unreleased, throttledOrigins, workers, slots, busySlots } = totalsOf(snapshot);
  const states = { open: 0, running: 0, paused: 0, ended: 0, cancelled: 0 };
  for (const { state } of runs) states[state]++;
  return {
    redisIsUp: away === undefined,
    runs: states,
    entriesWaiting: waiting,
    originsReady: readyOrigins,
    originsThrottled: throttledOrigins,
    entriesInFlight: inFlight,
    batchesQueued: queuedBatches,
    outcomesUnreleased: unreleased,
    workers,
    workerSlots: slots,
    workerSlotsBusy: busySlots,
    totals,
    ...(facts.redis !== undefined && { redis: { memoryBytes: facts.redis.usedBytes, memoryLimitBytes: facts.redis.maxBytes } }),
    latencyMs,
  };
}

/** The number of waiting entries of a run. */
export function waitingOf({ counts }: RunStanding): number {
  return Math.max(0, counts.accepted + counts.discovered - counts.settled - counts.inFlight);
}

/** A run in the form of the page and the API. */
export function runView(standing: RunStanding): z.infer<typeof RunView> {
  const { run, state, counts, rate, collector } = standing;
  const { submitted, duplicates, accepted, discovered, settled, ok, failed, skipped, retries, inFlight, unreleased, leftOut } = counts;
  return {
    run,
    state,
    submitted,
    duplicates,
    urls: accepted + discovered,
    discovered,
    settled,
    ok,
    failed,
    skipped,
    retries,
    waiting: waitingOf(standing),
    inFlight,
    unreleased,
    skippedLinks: { ...leftOut },
    ...(collector !== undefined && { collector }),
    ...(rate !== undefined && { ratePerSecond: Math.round(rate * 10) / 10 }),
    ...timeLeft(standing),
  };
}

/** A run of which only the results are known. */
export function storedRun({ summary, options }: FoundLog): z.infer<typeof RunDetails> {
  const { run, state, startedAt, endedAt, books } = summary;
  const { submitted, duplicates, accepted, discovered, rows, ok, failed, skipped, leftOut } = books;
  return {
    run,
    // A collector that was killed leaves the state `running`.
    state: state === 'ended' ? 'ended' : 'stopped',
    submitted,
    duplicates,
    urls: accepted + discovered,
    discovered,
    settled: rows,
    ok,
    failed,
    skipped,
    retries: 0,
    waiting: Math.max(0, accepted + discovered - rows),
    inFlight: 0,
    unreleased: 0,
    skippedLinks: { ...leftOut },
    options: options === undefined ? {} : optionsView(options),
    log: true,
    live: false,
    startedAt,
    ...(endedAt !== undefined && { endedAt }),
  };
}

/** The estimated time left. Only for a run that is being fetched and whose URLs are all known. */
function timeLeft({ state, counts, rate, leastMs, grows }: RunStanding): Pick<z.infer<typeof RunView>, 'timeLeft'> {
  if (state !== 'running' || grows) return {};
  const left = counts.accepted + counts.discovered - counts.settled;
  const byRate = rate ? left / rate : 0;
  const seconds = Math.ceil(Math.max(byRate, leastMs / 1_000));
  if (seconds === 0) return {};
  return { timeLeft: { seconds, reason: leastMs / 1_000 > byRate ? 'politeness' : 'rate' } };
}

/** Options as JSON, without empty ones. */
export function optionsView(options: RunOptions): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)),
  );
}
