import type { Engine } from '../engine/engine.ts';
import type { RunId } from '../model/run-id.ts';
import { orAborted } from '../util/async.ts';
import { PendingLines } from './pending-lines.ts';
import type { Source } from './sources/source.ts';
import { Submitter } from './submitter.ts';

interface ProduceOptions {
  /** Called after each accepted batch, with the number of lines accepted so far. */
  onLines?: (lines: number) => void;
}

interface Produced {
  /** Number of submitted batches: the argument for `seal` if `complete`. */
  batches: number;
  /** Submitted lines, including blank lines and comments. */
  lines: number;
  /** True if every source was read to its end and everything was accepted. False only after `signal` aborted. */
  complete: boolean;
}

/**
 * Submits all lines of the sources, one source after another, in numbered batches. Does not seal the run. If a source
 * fails, this rejects with its error after the lines read before that are accepted. If the engine fails, it rejects at
 * once.
 */
export async function produce(
  engine: Pick<Engine, 'submit'>,
  run: RunId,
  sources: readonly Source[],
  options: ProduceOptions,
  signal: AbortSignal,
): Promise<Produced> {
  const submitter = new Submitter(engine, run, options.onLines, signal);
  let complete = false;
  try {
    for (const source of sources) {
      await produceSource(source, sources.length > 1 && source.documents === undefined ? source.name : undefined, submitter);
    }
    await submitter.idle();
    complete = true;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return { ...submitter.submitted, complete };
}

async function produceSource(source: Source, name: string | undefined, submitter: Submitter): Promise<void> {
  const { stop } = submitter;
  const pending = new PendingLines(source.live);
  const { format, identity, namedHost } = source;
  const traits = {
    ...(name !== undefined && { source: name }),
    ...(format !== undefined && { format }),
    ...(identity !== undefined && { identity }),
    ...(namedHost !== undefined && { namedHost }),
  };
  const submit = async (which: 'full' | 'all'): Promise<void> => {
    while (which === 'all' ? pending.count > 0 : pending.isFull) await submitter.submit({ ...pending.take(), ...traits });
  };
  const chunks = source.lines(stop)[Symbol.asyncIterator]();
  try {
    let reading = chunks.next();
    for (;;) {
      const read = await orAborted(orLater(reading, pending.lingerMs), stop);
      if (read === LATER) {
        await submit('all');
        continue;
      }
      if (read.done) break;
      pending.add(read.value);
      reading = chunks.next();
      // It may reject while we await a submit; that must not be an unhandled rejection.
      reading.catch(() => {});
      await submit('full');
    }
  } catch (error) {
    if (stop.aborted) {
      chunks.return?.().catch(() => {});
      throw stop.reason;
    }
    await submit('all');
    await submitter.idle();
    throw error;
  }
  await submit('all');
}

const LATER = Symbol('later');

/** Resolves like the promise, or with LATER after `afterMs` milliseconds; Infinity waits forever. */
async function orLater<T>(promise: Promise<T>, afterMs: number): Promise<T | typeof LATER> {
  if (afterMs === Number.POSITIVE_INFINITY) return promise;
  let timer: NodeJS.Timeout | undefined;
  const later = new Promise<typeof LATER>((resolve) => {
    timer = setTimeout(resolve, afterMs, LATER);
  });
  try {
    return await Promise.race([promise, later]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Seals the run after `batches` batches. Returns false if the run was cancelled meanwhile: a cancelled run is already
 * sealed, after the batches that it had then.
 */
export async function sealRun(engine: Pick<Engine, 'counts' | 'seal'>, run: RunId, batches: number): Promise<boolean> {
  if ((await engine.counts(run)).state === 'cancelled') return false;
  await engine.seal(run, batches);
  return true;
}
