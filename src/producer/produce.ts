import type { Engine } from '../engine/engine.ts';
import type { RunId } from '../model/run-id.ts';
import { orAborted } from '../util/async.ts';
import { PendingLines } from './pending-lines.ts';
import type { Source } from './sources/source.ts';
import { Submitter } from './submitter.ts';

interface ProduceOptions {
  /** Called as batches are accepted, with the number of lines accepted so far. */
  onLines?: (lines: number) => void;
}

interface Produced {
  /** Batches submitted, numbered from 0 without gaps: what `seal` wants when `complete`. */
  batches: number;
  /** Lines submitted, blank ones and comments included. */
  lines: number;
  /** Every source was read to its end and all of it was accepted. False only after `signal` aborted. */
  complete: boolean;
}

/**
 * Submits every line of the sources, one source after another, in numbered batches. Does not seal.
 * Rejects with a source's error after what was read before it was accepted, and with the engine's error at once.
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
      // Nobody looks at it while a submit is waited for, and it may reject meanwhile.
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

/** What the promise gives, or LATER after so many milliseconds; Infinity waits for ever. */
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

/** Seals the run after `batches` batches. False if it was cancelled meanwhile: a cancelled run is sealed already, after the batches that it had then. */
export async function sealRun(engine: Pick<Engine, 'counts' | 'seal'>, run: RunId, batches: number): Promise<boolean> {
  if ((await engine.counts(run)).state === 'cancelled') return false;
  await engine.seal(run, batches);
  return true;
}
