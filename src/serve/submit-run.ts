import type { Engine } from '../engine/engine.ts';
import { ConflictError, UsageError } from '../model/errors.ts';
import { referredVariable } from '../model/request-header.ts';
import { isRunId, newRunId, type RunId } from '../model/run-id.ts';
import type { RunOptions } from '../model/run-options.ts';
import { inSpan, withTraceparent } from '../model/tracing.ts';
import { loadConfig } from '../options/load-config.ts';
import { produce, sealRun } from '../producer/produce.ts';
import { textSource } from '../producer/sources/text-source.ts';

/** The request to start a run, already validated by the schema. */
interface RunRequest {
  list?: string | undefined;
  urls?: readonly string[] | undefined;
  run?: string | undefined;
  open?: boolean | undefined;
  options?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Opens a run, submits its lines and seals it. Rejects with UsageError if an option is wrong or not allowed here, and with ConflictError
 * if the run already exists.
 */
export async function submitRun(
  engine: Engine,
  request: RunRequest,
  allowPrivate: boolean,
  signal: AbortSignal,
): Promise<{ run: RunId; lines: number }> {
  const options = runOptionsOf(request.options ?? {}, allowPrivate);
  const id = request.run ?? newRunId(Date.now());
  if (!isRunId(id)) throw new UsageError('run: use letters, digits, ".", "_" and "-", at most 64, not digits alone');
  const list = request.list ?? (request.urls ?? []).map((url) => url.replace(/[\r\n]+/g, ' ')).join('\n');
  if (list.trim() === '') throw new UsageError('the list is empty');
  // In an existing run, these lines would be mistaken for lines of the run's own producer.
  if ((await engine.runs()).includes(id)) throw new ConflictError(`run ${id} already exists`);
  return inSpan({ name: 'submit run', attributes: { 'trawl.run.id': id } }, async () => {
    const run = await engine.openRun(withTraceparent(options), id);
    const produced = await produce(engine, run, [textSource('list', list, { input: 'lines' })], {}, signal);
    if (!produced.complete) throw new UsageError(`the server is stopping: run ${run} is incomplete and still open`);
    if (request.open !== true) await sealRun(engine, run, produced.batches);
    return { run, lines: produced.lines };
  });
}

/** Validates the options like those of the command line. Without `allowPrivate`, the run cannot reach private addresses. */
function runOptionsOf(given: Readonly<Record<string, unknown>>, allowPrivate: boolean): RunOptions {
  if (!allowPrivate && given.private !== undefined && given.private !== 'deny')
    throw new UsageError('options: private: this server does not let runs reach private addresses; trawl serve --allow-private does');
  const values = allowPrivate ? given : { ...given, private: 'deny' };
  const { run } = loadConfig('enqueue', [], { TRAWL_REDIS_URL: 'redis://unused' }, { path: 'options', values });
  const secrets = [...run.headers.map(([, value]) => value), ...run.auth.map(([, credentials]) => credentials)];
  if (secrets.some((value) => referredVariable(value) !== undefined))
    throw new UsageError('options: env:NAME is not allowed here: it would read the environment of workers');
  return run;
}
