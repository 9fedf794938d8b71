import { openSchedules } from '../../engine/open-schedules.ts';
import type { KeptSchedule, Schedules } from '../../engine/schedules.ts';
import { UsageError } from '../../model/errors.ts';
import { isScheduleName } from '../../model/schedule.ts';
import { visible } from '../../report/shown-text.ts';
import { type CommandContext, engineSpec } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { warnOfStoredSecrets } from '../header-secrets.ts';
import { readJob } from '../schedule/read-job.ts';
import { alignedRows } from '../terminal/aligned-rows.ts';

type Action = (context: CommandContext, schedules: Schedules, words: readonly string[]) => Promise<void>;

const ACTIONS: Readonly<Record<string, Action>> = { list, rm: remove, run: runNow };

/** `trawl schedule add|list|rm|run`: manages the runs that workers start by themselves at certain times. */
export async function schedule(context: CommandContext): Promise<ExitCode> {
  const { config, log, words } = context;
  const [action = '', ...rest] = words;
  const act = action === 'add' ? await addition(context, rest) : ACTIONS[action];
  if (act === undefined) throw new UsageError(`${action === '' ? 'say what to do' : `schedule cannot ${action}`}: add, list, rm or run`);
  if (action !== 'add' && config.schedule.cron !== undefined) throw new UsageError(`--cron is for trawl schedule add, not ${action}`);
  const spec = engineSpec(config.process, 'none');
  if (spec.kind !== 'redis') throw new Error('schedules are kept in Redis');
  const schedules = await openSchedules(spec, log);
  try {
    await act(context, schedules, rest);
    return EXIT.ok;
  } finally {
    await schedules.close();
  }
}

/** Checks the new schedule before Redis is used, so that mistakes are reported even if Redis is unreachable. */
async function addition(context: CommandContext, [name, ...words]: readonly string[]): Promise<Action> {
  const { cron, timezone } = context.config.schedule;
  if (name === undefined) throw new UsageError("give the schedule a name: trawl schedule add NAME --cron '0 3 * * *' -- OPTIONS SOURCE...");
  if (!isScheduleName(name))
    throw new UsageError(`${visible(name)} cannot name a schedule: use a letter, then letters, digits, "_" and "-", at most 40`);
  if (cron === undefined) throw new UsageError("--cron is missing: --cron '0 3 * * *' is every day at 3:00");
  const { job, config } = await readJob(words, context);
  warnOfStoredSecrets({ ...context, config: { ...config, process: context.config.process } });
  return async ({ tell }, schedules) => {
    const done = await schedules.add(name, { cron, timezone }, JSON.stringify(job));
    const next = (await schedules.list()).find((kept) => kept.name === name)?.nextMs;
    tell(`schedule ${name} was ${done}${next === undefined ? '' : `; its next run is due at ${shownTime(next)}`}`);
  };
}

async function remove({ tell }: CommandContext, schedules: Schedules, names: readonly string[]): Promise<void> {
  for (const name of oneOrMore(names, 'rm')) {
    if (!(await schedules.remove(name))) throw unknown(name);
    tell(`schedule ${name} was removed; its runs are kept`);
  }
}

async function runNow({ tell }: CommandContext, schedules: Schedules, names: readonly string[]): Promise<void> {
  for (const name of oneOrMore(names, 'run')) {
    if (!(await schedules.trigger(name, Date.now()))) throw unknown(name);
    tell(`a worker starts a run of schedule ${name}, unless its last run is still going`);
  }
}

function oneOrMore(names: readonly string[], action: string): readonly string[] {
  if (names.length === 0) throw new UsageError(`which schedule? trawl schedule ${action} NAME; trawl schedule list shows them`);
  return names;
}

function unknown(name: string): UsageError {
  return new UsageError(`there is no schedule ${visible(name)}: trawl schedule list shows them`);
}

async function list({ config, stdout }: CommandContext, schedules: Schedules, words: readonly string[]): Promise<void> {
  if (words.length > 0) throw new UsageError('schedule list takes no words');
  const kept = await schedules.list();
  stdout.write(config.report.statusFormat === 'json' ? schedulesJson(kept) : schedulesTable(kept, Date.now()));
}

const HEAD = ['Name', 'Cron', 'Zone', 'Next run', 'Last run', 'Sources'];

/** One line for each schedule. Below the table are notes about schedules whose last time did not start a run. */
export function schedulesTable(schedules: readonly KeptSchedule[], nowMs: number): string {
  if (schedules.length === 0) return 'No schedules.\n';
  const rows = schedules.map((kept) =>
    [kept.name, kept.cron, kept.timezone, shownNext(kept.nextMs, nowMs), kept.run ?? '-', sourcesOf(kept)].map(visible),
  );
  const notes = schedules.flatMap(({ name, note }) => (note === undefined ? [] : [`${name}: ${visible(note)}\n`]));
  return `${alignedRows([HEAD, ...rows], { right: [] })}${notes.length > 0 ? '\n' : ''}${notes.join('')}`;
}

/** A schedule this late is shown as overdue. Normally a worker starts a run within a second or two. */
const OVERDUE_MS = 60_000;

function shownNext(nextMs: number | undefined, nowMs: number): string {
  if (nextMs === undefined) return '-';
  return nowMs - nextMs > OVERDUE_MS ? `${shownTime(nextMs)} (overdue: no worker is up)` : shownTime(nextMs);
}

function shownTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function sourcesOf(kept: KeptSchedule): string {
  const [first = '-', ...more] = namesOf(kept);
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}

function namesOf({ job }: KeptSchedule): string[] {
  const { sources } = JSON.parse(job) as { sources: Array<{ url?: string; name?: string }> };
  return sources.map(({ url, name }) => url ?? name ?? '');
}

/** One JSON document. */
export function schedulesJson(schedules: readonly KeptSchedule[]): string {
  const listed = schedules.map(({ name, cron, timezone, nextMs, run, note, job }) => ({
    ...{ name, cron, timezone },
    ...(nextMs !== undefined && { nextAt: new Date(nextMs).toISOString() }),
    ...(run !== undefined && { lastRun: run }),
    ...(note !== undefined && { note }),
    sources: namesOf({ name, cron, timezone, job }),
  }));
  return `${JSON.stringify({ schema: 1, schedules: listed }, undefined, 2)}\n`;
}
