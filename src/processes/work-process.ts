/**
 * What runs in a process that fetches: it does the job that it is given until it is told to stop, and ends with the process that began it. `work-child.ts` is the other side.
 */
import { once } from 'node:events';
import { hostname } from 'node:os';
import process from 'node:process';
import { openEngine } from '../engine/open-engine.ts';
import type { Log } from '../model/log.ts';
import { orAborted } from '../util/async.ts';
import { openVisitor, runWorker, type Visitor } from '../worker/work.ts';
import { LentWork } from './lent-work.ts';
import { type ChildJob, type FromChild, type ToChild, writeError } from './messages.ts';

let outbox: FromChild[] = [];

function say(message: FromChild): void {
  outbox.push(message);
  if (outbox.length === 1) setImmediate(flush);
}

function flush(then?: () => void): void {
  const messages = outbox;
  outbox = [];
  if (process.connected) process.send?.(messages, undefined, undefined, () => then?.());
}

/** How often the process that began this one learns what was counted. */
const TELL_METRICS_MS = 1_000;
let tellMetrics = async (): Promise<void> => {};

/** Loaded only if somebody asked for metrics. */
async function beginCounting(): Promise<void> {
  const { ProcessMetrics } = await import('../metrics/process-metrics.ts');
  const counted = new ProcessMetrics({ command: 'worker', concurrency: 0 });
  tellMetrics = async () => say({ kind: 'metrics', metrics: [...(await counted.read())] });
  setInterval(tellMetrics, TELL_METRICS_MS).unref();
}

/** What was said is out. */
function end(code: number): void {
  flush(() => process.exit(code));
}

const log: Log = {
  debug: (fields, message) => say({ kind: 'log', level: 'debug', fields, message }),
  info: (fields, message) => say({ kind: 'log', level: 'info', fields, message }),
  warn: (fields, message) => say({ kind: 'log', level: 'warn', fields, message }),
  error: (fields, message) => say({ kind: 'log', level: 'error', fields, message }),
};

const stop = new AbortController();
const breakOff = new AbortController();
const worker = `${hostname()}-${process.pid}`;
/** What is lent to this process, if its engine is in another. */
let lent: LentWork | undefined;

async function work({ options, redis }: ChildJob): Promise<void> {
  if (redis === undefined) return workOnLoan(await openVisitor({ ...options, worker }, log));
  const engine = await orAborted(openEngine({ kind: 'redis', ...redis }, log), stop.signal).catch((error) => {
    if (!stop.signal.aborted) throw error;
  });
  if (engine === undefined) return;
  try {
    say({ kind: 'ready' });
    await runWorker(engine, { ...options, worker }, log, stop.signal);
  } finally {
    await engine.close();
  }
}

async function workOnLoan(visitor: Visitor): Promise<void> {
  const { capacity } = visitor;
  const tellRoom = () => say({ kind: 'room', visits: capacity.visits });
  capacity.onChange(tellRoom);
  tellRoom();
  lent = new LentWork(visitor, { say, secrets: visitor.secrets, signal: breakOff.signal });
  say({ kind: 'ready' });
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  await visitor.close();
}

async function begin(job: ChildJob): Promise<void> {
  try {
    if (job.isMetered) await beginCounting();
    await work(job);
    await tellMetrics();
    end(0);
  } catch (error) {
    say({ kind: 'failed', error: writeError(error) });
    end(1);
  }
}

process.on('message', (messages: ToChild[]) => {
  for (const message of messages) {
    if (message.kind === 'begin') void begin(message.job);
    else if (message.kind === 'stop') stop.abort();
    else if (message.kind === 'break-off') breakOff.abort();
    else lent?.hear(message);
  }
});
// A signal for the whole group is the business of the process that began this one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.on('disconnect', () => process.exit());
