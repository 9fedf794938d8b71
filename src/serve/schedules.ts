import type { z } from 'zod';
import type { Engine } from '../engine/engine.ts';
import { runState } from '../engine/run-counts.ts';
import type { KeptSchedule, Schedules } from '../engine/schedules.ts';
import { ConflictError, UnknownRunError, UsageError } from '../model/errors.ts';
import type { RunId } from '../model/run-id.ts';
import { isScheduleName, type ScheduledJob, type ScheduledSource } from '../model/schedule.ts';
import { loadConfig } from '../options/load-config.ts';
import { parseScheduledJob } from '../options/parse-scheduled-job.ts';
import { checkAutoSitemaps, checkScheduledUrl, checkStoredList, MAX_STORED_BYTES, tooLargeToStore } from '../producer/scheduled-sources.ts';
import type { RunResults } from './run-results.ts';
import type { NewSchedule, Schedule, ScheduleAdded, ScheduleList } from './schemas.ts';
import { runOptionsOf } from './submit-run.ts';
import { storedRun } from './views.ts';

const MAX_LISTED = 200;
const MAX_SOURCES = 20;
/** A worker starts a run within a second or two. */
const OVERDUE_MS = 60_000;

/** All schedules, or the first of very many, with the result of the run that each started last. */
export async function listSchedules(
  schedules: Schedules,
  engine: Engine,
  results: Pick<RunResults, 'find'>,
  nowMs: number,
): Promise<z.infer<typeof ScheduleList>> {
  const kept = await schedules.list();
  const shown = kept.slice(0, MAX_LISTED);
  const views = await Promise.all(
    shown.map(async (schedule) => scheduleView(schedule, schedule.run && (await resultOf(schedule.run, engine, results)), nowMs)),
  );
  return { total: kept.length, schedules: views };
}

type LastResult = z.infer<typeof Schedule>['lastResult'];

function scheduleView(
  { name, cron, timezone, nextMs, run, note, job }: KeptSchedule,
  lastResult: LastResult | '',
  nowMs: number,
): z.infer<typeof Schedule> {
  return {
    ...{ name, cron, timezone },
    sources: sourceNames(job),
    overdue: nextMs !== undefined && nowMs - nextMs > OVERDUE_MS,
    ...(nextMs !== undefined && { nextAt: new Date(nextMs).toISOString() }),
    ...(run !== undefined && { lastRun: run }),
    ...(lastResult && { lastResult }),
    ...(note !== undefined && { note }),
  };
}

/** Empty for a schedule that this version cannot read, so that the others are still listed. */
function sourceNames(job: string): string[] {
  try {
    return parseScheduledJob(job)
      .sources.slice(0, MAX_SOURCES)
      .map((source) => (source.kind === 'stored' ? source.name : source.url));
  } catch {
    return [];
  }
}

/** The state of the run according to Redis. If Redis no longer has the run: according to its results on this machine. */
async function resultOf(run: RunId, engine: Engine, results: Pick<RunResults, 'find'>): Promise<LastResult> {
  try {
    const counts = await engine.counts(run);
    const { accepted, discovered, settled, ok, failed, skipped } = counts;
    return { state: runState(counts), urls: accepted + discovered, settled, ok, failed, skipped };
  } catch (error) {
    if (!(error instanceof UnknownRunError)) throw error;
    // A damaged folder has no result.
    const found = await results.find(run).catch(() => undefined);
    if (found === undefined) return undefined;
    const { state, urls, settled, ok, failed, skipped } = storedRun(found);
    return { state, urls, settled, ok, failed, skipped };
  }
}

/**
 * Adds the schedule. Rejects with UsageError if it is invalid or not allowed here: the rules are those of `submitRun` and of `trawl schedule add`. Rejects with
 * ConflictError if a schedule of this name exists and `replace` is not given.
 */
export async function addSchedule(
  schedules: Schedules,
  request: z.infer<typeof NewSchedule>,
  allowPrivate: boolean,
): Promise<z.infer<typeof ScheduleAdded>> {
  const { name, replace = false } = request;
  if (!isScheduleName(name)) throw new UsageError('name: use a letter, then letters, digits, "_" and "-", at most 40');
  const timetable = timetableOf(request);
  const job: ScheduledJob = { options: runOptionsOf(request.options ?? {}, allowPrivate), sources: sourcesOf(request) };
  const done = await schedules.add(name, timetable, JSON.stringify(job), { isNew: !replace }).catch((error: Error) => {
    if (error instanceof ConflictError) throw new ConflictError(`${error.message}: remove it, or give "replace": true`, { cause: error });
    throw error instanceof UsageError ? new UsageError(inApiWords(error.message), { cause: error }) : error;
  });
  const nextMs = (await schedules.list()).find((kept) => kept.name === name)?.nextMs;
  return { name, done, ...(nextMs !== undefined && { nextAt: new Date(nextMs).toISOString() }) };
}

/** Validates both values like the options of the command line. */
function timetableOf({ cron, timezone = 'UTC' }: z.infer<typeof NewSchedule>): { cron: string; timezone: string } {
  const flags = [
    { key: 'cron', text: cron },
    { key: 'timezone', text: timezone },
  ] as const;
  try {
    return { cron, timezone: loadConfig('schedule', flags, { TRAWL_REDIS_URL: 'redis://unused' }).schedule.timezone };
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(inApiWords(error.message), { cause: error }) : error;
  }
}

/** Flags of the command line as the API names them. */
function inApiWords(message: string): string {
  return message.replace(/^--(cron|timezone):? */, '$1: ').replace(/^(cron): ("[^"]*"):/, '$1: $2:');
}

/** Stored lists come last, in the order in which workers read the sources. */
function sourcesOf({ list, urls = [], sitemaps = [], listUrls = [] }: z.infer<typeof NewSchedule>): ScheduledSource[] {
  const named = [
    ...urls.map((url) => ({ kind: 'url', url }) as const),
    ...sitemaps.map((url) => ({ kind: 'sitemap', url }) as const),
    ...listUrls.map((url) => ({ kind: 'list-url', url }) as const),
  ];
  for (const source of named) checkScheduledUrl(source);
  checkAutoSitemaps(named);
  if (list !== undefined) {
    checkStoredList('the list', list);
    if (Buffer.byteLength(list) > MAX_STORED_BYTES) throw tooLargeToStore('the list');
  }
  const sources: ScheduledSource[] =
    list === undefined ? named : [...named, { kind: 'stored', name: 'list', text: list, reading: { input: 'lines' } }];
  if (sources.length === 0) throw new UsageError('give at least one of list, urls, sitemaps and listUrls');
  if (JSON.stringify(named).length > MAX_STORED_BYTES) throw tooLargeToStore('what is given');
  return sources;
}
