import { setTimeout as sleep } from 'node:timers/promises';
import { type Context, Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { z } from 'zod';
import { redactHeaders } from '../collector/redact-headers.ts';
import type { Engine } from '../engine/engine.ts';
import { runState } from '../engine/run-counts.ts';
import type { Schedules } from '../engine/schedules.ts';
import { Metrics } from '../metrics/metrics-server.ts';
import { UnknownRunError, UsageError } from '../model/errors.ts';
import type { Log } from '../model/log.ts';
import { redisRemedy } from '../model/redis-refusal.ts';
import { isRunId, type RunId } from '../model/run-id.ts';
import { isScheduleName } from '../model/schedule.ts';
import { maskUrls } from '../model/url/without-credentials.ts';
import { pagePolicy } from '../report/formats/html/page.ts';
import { Access, checkHost, checkOrigin, problem, safeHeaders } from './guard.ts';
import { ListQuery, OPERATIONS, type Operation, type OperationName, openApiDocument, ResultQuery, RowQuery } from './operations.ts';
import { PAGE_FILES } from './page/page-files.ts';
import { ResultFolders } from './result-folders.ts';
import { BusyError, RunResults } from './run-results.ts';
import { addSchedule, listSchedules } from './schedules.ts';
import { Login, NewSchedule, type Overview, type RunDetails, Submission } from './schemas.ts';
import type { RunStanding, Snapshot, Snapshots } from './snapshots.ts';
import { submitRun } from './submit-run.ts';
import { optionsView, overviewOf, runView, storedRun } from './views.ts';

/** Viewers get a snapshot about this often. */
const EVENT_MS = 1_000;
const MAX_VIEWERS = 100;
/** The longest request body: about 100,000 URLs. */
const MAX_BODY_BYTES = 16 * 1_024 * 1_024;
/** The longest body with a schedule: its longest list, with JSON's escapes. */
const MAX_SCHEDULE_BYTES = 4 * 1_024 * 1_024;
/** The longest body of a login. It is small because anybody may send one, without a token. */
const MAX_LOGIN_BYTES = 4_096;
/** Lists that are submitted at the same time. Each takes several times its length in memory. */
const MAX_SUBMISSIONS = 4;
/** Origins of a run that are listed. */
const MAX_ORIGINS = 20;
/** A request waits this long for an engine that waits for Redis. */
const PATIENCE_MS = 10_000;

interface AppContext {
  /** Returns undefined until Redis has been reached for the first time. */
  engine: () => Engine | undefined;
  /** Undefined until they were opened. */
  schedules: () => Schedules | undefined;
  snapshots: Snapshots;
  token?: string;
  /** Allowed host names, in addition to localhost and IP addresses. */
  hosts: readonly string[];
  allowPrivate: boolean;
  dataDir: string;
  metrics: Pick<Metrics, 'text'>;
  log: Log;
  /** Ends the streams of events. */
  stop: AbortSignal;
}

/** Redis is unreachable at the moment. */
class AwayError extends Error {
  override readonly name = 'AwayError';
}

class TooLongError extends Error {
  override readonly name = 'TooLongError';

  constructor(mostBytes: number) {
    super(`the body is longer than ${mostBytes >= 1_048_576 ? `${mostBytes / 1_048_576} MiB` : `${mostBytes} bytes`}`);
  }
}

class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
}

type Handle = (c: Context) => Promise<Response>;

/** The page, the API, the metrics and the health checks. */
export function createApp(context: AppContext): Hono {
  const { snapshots, metrics, log } = context;
  const access = new Access(context.token, () => performance.now());
  const app = new Hono();
  app.use(safeHeaders, checkHost(context.hosts));
  // The files of the page need no check: they contain no data, and other sites may link to the page.
  app.use('/api/*', checkOrigin);
  app.use('/metrics', checkOrigin);
  for (const { path, type, text } of PAGE_FILES) app.get(path, (c) => c.body(text, 200, { 'content-type': type }));
  app.get('/healthz', (c) => c.text('ok\n'));
  app.get('/readyz', async (c) => {
    const { away } = await snapshots.latest();
    return away === undefined ? c.text('ok\n') : c.text(`Redis is unreachable: ${away.reason}\n`, 503);
  });
  const handlers = { ...apiHandlers(context), login: loginHandler(access) };
  for (const [name, operation] of Object.entries(OPERATIONS) as Array<[OperationName, Operation]>) {
    const path = operation.path.replaceAll(/\{(\w+)\}/g, ':$1');
    if (name === 'login') app.on(operation.method, path, handlers[name]);
    else app.on(operation.method, path, access.check, handlers[name]);
  }
  app.get('/metrics', access.check, async (c) => c.body(await metrics.text(), 200, { 'content-type': Metrics.contentType }));
  app.get('/api/openapi.json', access.check, (c) => c.json(openApiDocument()));
  app.notFound((c) => problem(c, 404, 'not found'));
  app.onError((error, c) => answerTo(error, c, log));
  return app;
}

function answerTo(error: Error, c: Context, log: Log): Response {
  const code = 'code' in error ? error.code : undefined;
  if (error instanceof NotFoundError || code === 'UNKNOWN_RUN') return problem(c, 404, error.message);
  if (error instanceof UsageError) return problem(c, 400, error.message);
  if (error instanceof TooLongError) return problem(c, 413, error.message);
  if (code === 'CONFLICT') return problem(c, 409, error.message);
  if (error instanceof AwayError || error instanceof BusyError) return problem(c, 503, error.message);
  const remedy = redisRemedy(error.message);
  if (remedy !== undefined) return problem(c, 503, `Redis refused: ${remedy}`);
  log.error({ event: 'request-failed', err: error, path: c.req.path }, `a request failed: ${maskUrls(error.message)}`);
  return problem(c, 500, 'internal error: the log of the server has the details');
}

function loginHandler(access: Access): Handle {
  return async (c) => {
    const { token } = await readBody(c, Login, MAX_LOGIN_BYTES);
    return access.login(c, token);
  };
}

function apiHandlers(context: AppContext): Record<Exclude<OperationName, 'login'>, Handle> {
  const { snapshots } = context;
  let submissions = 0;
  const results = new RunResults(context.dataDir);
  const folders = new ResultFolders(context.dataDir);
  const engine = async (): Promise<Engine> => {
    const { away } = await snapshots.latest();
    const opened = context.engine();
    if (away !== undefined || opened === undefined) throw new AwayError(`Redis is unreachable: ${away?.reason ?? 'no connection yet'}`);
    return opened;
  };
  const schedules = async (): Promise<Schedules> => {
    await engine();
    const opened = context.schedules();
    if (opened === undefined) throw new AwayError('the schedules are still being opened');
    return opened;
  };
  const foundLog = async (run: RunId) => {
    const found = await results.find(run);
    if (found === undefined)
      throw new NotFoundError(`the log of run ${run} is not in ${context.dataDir}: its collector may write elsewhere`);
    return found;
  };
  const liveRun = async (run: RunId): Promise<z.infer<typeof RunDetails>> => {
    const opened = await engine();
    const [counts, options] = await inTime(Promise.all([opened.counts(run), opened.options(run)]));
    const standing = (await snapshots.latest()).runs.find((standing) => standing.run === run);
    const view = runView({
      run,
      backlog: { readyOrigins: 0, queuedBatches: 0 },
      leastMs: 0,
      grows: options.depth > 0,
      ...standing,
      counts,
      state: runState(counts),
    });
    const found = await results.find(run);
    const { startedAt, endedAt } = found?.summary ?? {};
    return {
      ...view,
      options: optionsView(redactHeaders(options)),
      log: found !== undefined,
      live: true,
      ...(startedAt !== undefined && { startedAt }),
      ...(endedAt !== undefined && { endedAt }),
    };
  };
  const steer =
    (change: (engine: Engine, run: RunId) => Promise<void>): Handle =>
    async (c) => {
      const [run, opened] = [runOf(c), await engine()];
      await inTime(opened.counts(run));
      await inTime(change(opened, run));
      return c.json({ run, state: runState(await inTime(opened.counts(run))) });
    };
  const report =
    (format: 'json' | 'csv' | 'html', type: string): Handle =>
    async (c) => {
      const found = await foundLog(runOf(c));
      results.checkRoom();
      const headers = {
        'content-type': `${type}; charset=utf-8`,
        ...(format === 'csv' && { 'content-disposition': 'attachment' }),
        // The sandbox gives the report an origin of its own, so that it cannot use this API even if its own policy failed.
        ...(format === 'html' && {
          'content-security-policy': `${pagePolicy()}; frame-ancestors 'none'; sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox`,
        }),
      };
      return c.body(results.report(format, found, c.req.raw.signal), 200, headers);
    };
  return {
    overview: async (c) => c.json(overviewOf(await snapshots.latest())),
    events: eventsHandler(context),
    listRuns: async (c) => {
      const { search, state, limit, offset } = readQuery(c, ListQuery);
      const { runs, total } = await snapshots.latest();
      const isAll = search === '' && state === 'all';
      const found = isAll ? runs : runs.filter((standing) => matchesRun(standing, search.toLowerCase(), state));
      return c.json({ total: isAll ? total : found.length, runs: found.slice(offset, offset + limit).map(runView) });
    },
    submitRun: async (c) => {
      if (submissions >= MAX_SUBMISSIONS) throw new BusyError('other lists are being submitted: try again in a moment');
      submissions++;
      try {
        const request = await readBody(c, Submission, MAX_BODY_BYTES);
        return c.json(await submitRun(await engine(), request, context.allowPrivate, context.stop), 201);
      } finally {
        submissions--;
      }
    },
    listResults: async (c) => c.json(await folders.list(readQuery(c, ResultQuery))),
    listOrigins: async (c) => {
      const [run, opened] = [runOf(c), await engine()];
      await inTime(opened.counts(run));
      const origins = await inTime(opened.waitingOrigins(run, MAX_ORIGINS));
      return c.json({
        origins: origins.map(({ origin, waiting, readyInMs, isBlocked }) => ({ origin, waiting, readyInMs, blocked: isBlocked })),
      });
    },
    getRun: async (c) => {
      const run = runOf(c);
      try {
        return c.json(await liveRun(run));
      } catch (error) {
        // Redis is unreachable or no longer knows the run, but its results may be on this machine.
        const found = isAwayOrUnknown(error) ? await results.find(run) : undefined;
        if (found === undefined) throw error;
        return c.json(storedRun(found));
      }
    },
    removeRun: async (c) => {
      const [run, opened] = [runOf(c), await engine()];
      await inTime(opened.counts(run));
      await inTime(opened.remove(run));
      return c.json({ run, state: 'removed' });
    },
    pauseRun: steer((engine, run) => engine.pause(run)),
    resumeRun: steer((engine, run) => engine.resume(run)),
    cancelRun: steer((engine, run) => engine.cancel(run)),
    sealRun: steer((engine, run) => engine.seal(run)),
    listRows: async (c) => {
      const query = readQuery(c, RowQuery);
      return c.json(await results.rows(await foundLog(runOf(c)), query, c.req.raw.signal));
    },
    listSchedules: async (c) => c.json(await inTime(listSchedules(await schedules(), await engine(), results, Date.now()))),
    addSchedule: async (c) => {
      const opened = await schedules();
      const request = await readBody(c, NewSchedule, MAX_SCHEDULE_BYTES);
      return c.json(await inTime(addSchedule(opened, request, context.allowPrivate)), 201);
    },
    runSchedule: async (c) => {
      const name = scheduleOf(c);
      if (!(await inTime((await schedules()).trigger(name, Date.now())))) throw noSchedule(name);
      return c.json({ name, done: 'triggered' });
    },
    removeSchedule: async (c) => {
      const name = scheduleOf(c);
      if (!(await inTime((await schedules()).remove(name)))) throw noSchedule(name);
      return c.json({ name, done: 'removed' });
    },
    reportJson: report('json', 'application/json'),
    reportCsv: report('csv', 'text/csv'),
    reportHtml: report('html', 'text/html'),
  };
}

/** Sends the same text to all viewers. A viewer that reads slowly gets fewer snapshots. */
function eventsHandler({ snapshots, stop }: AppContext): Handle {
  let viewers = 0;
  let shown: { snapshot: Snapshot; text: string } | undefined;
  const textOf = (snapshot: Snapshot): string => {
    if (shown?.snapshot !== snapshot) shown = { snapshot, text: JSON.stringify(overviewOf(snapshot) satisfies z.infer<typeof Overview>) };
    return shown.text;
  };
  return async (c) => {
    if (viewers >= MAX_VIEWERS) throw new BusyError(`${MAX_VIEWERS} pages are already connected`);
    viewers++;
    return streamSSE(c, async (stream) => {
      const ended = new AbortController();
      stream.onAbort(() => ended.abort());
      const signal = AbortSignal.any([ended.signal, stop]);
      try {
        while (!signal.aborted) {
          await stream.writeSSE({ event: 'overview', data: textOf(await snapshots.latest()) });
          await sleep(EVENT_MS, undefined, { signal }).catch(() => {});
        }
      } finally {
        viewers--;
      }
    });
  };
}

function runOf(c: Context): RunId {
  const run = c.req.param('run') ?? '';
  if (!isRunId(run)) throw new NotFoundError('not a run id');
  return run;
}

function scheduleOf(c: Context): string {
  const name = c.req.param('name') ?? '';
  if (!isScheduleName(name)) throw new NotFoundError('not the name of a schedule');
  return name;
}

function noSchedule(name: string): NotFoundError {
  return new NotFoundError(`there is no schedule ${name}`);
}

/** @param search in lower case */
function matchesRun({ run, state, counts }: RunStanding, search: string, wanted: z.infer<typeof ListQuery>['state']): boolean {
  if (wanted === 'active' ? counts.ended : wanted !== 'all' && state !== wanted) return false;
  return run.toLowerCase().includes(search);
}

function isAwayOrUnknown(error: unknown): boolean {
  return error instanceof AwayError || error instanceof UnknownRunError;
}

function readQuery<T extends z.ZodType>(c: Context, schema: T): z.infer<T> {
  return checked(schema, c.req.query());
}

async function readBody<T extends z.ZodType>(c: Context, schema: T, mostBytes: number): Promise<z.infer<T>> {
  const text = await bodyText(c, mostBytes);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new UsageError('the body is not JSON');
  }
  return checked(schema, body);
}

/** Reads the body. Stops reading, and throws TooLongError, when it is longer than allowed. */
async function bodyText(c: Context, mostBytes: number): Promise<string> {
  if (Number(c.req.header('content-length') ?? 0) > mostBytes) throw new TooLongError(mostBytes);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of c.req.raw.body ?? []) {
    length += chunk.length;
    if (length > mostBytes) throw new TooLongError(mostBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function checked<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
  throw new UsageError(problems.join('; '));
}

/** Rejects with AwayError if the engine does not answer in time, because Redis became unreachable. The request may still be carried out when Redis is back. */
async function inTime<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  const late = new AbortController();
  try {
    return await Promise.race([
      promise,
      sleep(PATIENCE_MS, undefined, { signal: late.signal, ref: false }).then(() => {
        throw new AwayError('Redis is not responding: check again later, because the request may still be carried out');
      }),
    ]);
  } finally {
    late.abort();
  }
}
