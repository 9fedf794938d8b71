/**
 * The program of a child process that fetches. It runs until it is told to stop, or until its parent ends. The code of
 * the parent is in `work-child.ts`.
 */
import { once } from 'node:events';
import { hostname } from 'node:os';
import process from 'node:process';
import { openEngine } from '../engine/open-engine.ts';
import type { Log } from '../model/log.ts';
import type { TracerSettings } from '../model/tracing.ts';
import type { Tracing } from '../tracing/start-tracing.ts';
import { orAborted } from '../util/async.ts';
import { openVisitor, runWorker, type Visitor } from '../worker/work.ts';
import { LentWork } from './lent-work.ts';
import { type ChildJob, type FromChild, type ToChild, writeError } from './messages.ts';

/** How long a message that is not urgent waits for others, in milliseconds. */
const GATHER_MS = 10;
let outbox: FromChild[] = [];
let isSending = false;
let gathering: NodeJS.Timeout | undefined;

/** Sends all messages of one turn of the event loop as one, because a message costs much more than its contents. */
function send(message: FromChild): void {
  outbox.push(message);
  if (!isSending) setImmediate(flush);
  isSending = true;
}

function sendSoon(message: FromChild): void {
  outbox.push(message);
  gathering ??= setTimeout(flush, GATHER_MS);
}

function flush(then?: () => void): void {
  const messages = outbox;
  outbox = [];
  isSending = false;
  clearTimeout(gathering);
  gathering = undefined;
  if (process.connected) process.send?.(messages, undefined, undefined, () => then?.());
}

/** Interval at which metrics are sent to the parent. */
const SEND_METRICS_MS = 1_000;
let sendMetrics = async (): Promise<void> => {};

/** Starts counting. The module is loaded only if metrics are wanted. */
async function startCounting(): Promise<void> {
  const { ProcessMetrics } = await import('../metrics/process-metrics.ts');
  const counted = new ProcessMetrics({ command: 'worker', concurrency: 0 });
  sendMetrics = async () => send({ kind: 'metrics', metrics: [...(await counted.read())] });
  setInterval(sendMetrics, SEND_METRICS_MS).unref();
}

/** Starts tracing as the variables of the parent say. The module is loaded only if traces are wanted. */
async function trace(settings: TracerSettings): Promise<Tracing | undefined> {
  const [{ readTracingVariables }, { startTracing }] = await Promise.all([
    import('../tracing/read-variables.ts'),
    import('../tracing/start-tracing.ts'),
  ]);
  const setup = readTracingVariables(process.env);
  return setup.kind === 'on' ? startTracing(setup, worker, settings, log) : undefined;
}

/** Exits after all messages have been sent. */
function end(code: number): void {
  flush(() => process.exit(code));
}

const worker = `${hostname()}-${process.pid}`;
const logAt =
  (level: keyof Log): Log[keyof Log] =>
  (fields, message) =>
    send({ kind: 'log', level, fields: { worker, ...fields }, message });
const log: Log = { debug: logAt('debug'), info: logAt('info'), warn: logAt('warn'), error: logAt('error') };

const stop = new AbortController();
const abortFetches = new AbortController();
/** Set if this process works on lent visits. */
let lent: LentWork | undefined;

async function work({ options, redis }: ChildJob): Promise<void> {
  if (redis === undefined) return workOnLoan(await openVisitor({ ...options, worker }, log));
  const engine = await orAborted(openEngine({ kind: 'redis', ...redis }, log), stop.signal).catch((error) => {
    if (!stop.signal.aborted) throw error;
  });
  if (engine === undefined) return;
  try {
    send({ kind: 'ready' });
    await runWorker(engine, { ...options, worker }, log, stop.signal);
  } finally {
    await engine.close();
  }
}

async function workOnLoan(visitor: Visitor): Promise<void> {
  const { capacity } = visitor;
  const reportRoom = () => send({ kind: 'room', visits: capacity.visits });
  capacity.onChange(reportRoom);
  reportRoom();
  lent = new LentWork(visitor, { send, sendSoon, secrets: visitor.secrets, signal: abortFetches.signal });
  send({ kind: 'ready' });
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  await visitor.close();
}

async function begin(job: ChildJob): Promise<void> {
  let tracing: Tracing | undefined;
  try {
    if (job.isMetered) await startCounting();
    if (job.tracing !== undefined) tracing = await trace(job.tracing);
    await work(job);
    await sendMetrics();
    await tracing?.end();
    end(0);
  } catch (error) {
    await tracing?.end();
    send({ kind: 'failed', error: writeError(error) });
    end(1);
  }
}

process.on('message', (messages: ToChild[]) => {
  for (const message of messages) {
    if (message.kind === 'begin') void begin(message.job);
    else if (message.kind === 'stop') stop.abort();
    else if (message.kind === 'abort-fetches') abortFetches.abort();
    else lent?.receive(message);
  }
});
// A signal to the whole process group is for the parent to handle.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.on('disconnect', () => process.exit());
