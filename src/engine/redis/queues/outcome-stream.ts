import type { QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import type { RunId } from '../../../model/run-id.ts';
import { orAborted } from '../../../util/async.ts';
import type { Cursor, OutcomeBatch } from '../../collecting.ts';
import type { Frontier } from '../frontier/frontier.ts';
import type { Keys } from '../keys.ts';

/** Stream entries per read: at most 50 outcomes each. */
const READ_ENTRIES = 100;
/** Look this often even without an event. Events are only hints: their stream is trimmed, and any of them may be missing. */
const LOOK_MS = 250;
/** After an event, wait this long for more outcomes. */
const GATHER_MS = 10;

/** Reads a run's outcomes from its stream, in the order of settling. The end of a visit wakes it. Ends with the run. */
export async function* readOutcomeStream(
  { redis, keys, frontier, events }: { redis: Redis; keys: Keys; frontier: Frontier; events: QueueEvents },
  run: RunId,
  from: Cursor,
  signal: AbortSignal,
): AsyncIterable<OutcomeBatch> {
  const stream = keys.run(run, 'outcomes');
  // chaos: outcome-cursor
  for (let cursor = from; !signal.aborted; ) {
    // The counts are read first: if the run has ended by then, the stream is complete.
    const read = Promise.all([frontier.counts(run), readAfter(redis, stream, cursor)]);
    let ended: boolean;
    let batch: OutcomeBatch | undefined;
    try {
      // While Redis is away, a command waits for ever.
      [{ ended }, batch] = await orAborted(read, signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    if (batch !== undefined) {
      cursor = batch.cursor;
      yield batch;
    } else if (ended) {
      return;
    } else {
      await nextVisit(events, signal);
    }
  }
}

async function readAfter(redis: Redis, stream: string, cursor: Cursor): Promise<OutcomeBatch | undefined> {
  const entries = await redis.xrange(stream, cursor === '' ? '-' : `(${cursor}`, '+', 'COUNT', READ_ENTRIES);
  const last = entries.at(-1);
  if (last === undefined) return undefined;
  return { cursor: last[0], lines: entries.flatMap(([, fields]) => (fields[1] as string).split('\n')), total: Number(last[1][3]) };
}

/** Resolves shortly after a visit of any run has ended in the cluster, or after `LOOK_MS`. */
function nextVisit(events: QueueEvents, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      events.off('completed', gather);
      signal.removeEventListener('abort', done);
      resolve();
    };
    let timer = setTimeout(done, LOOK_MS);
    const gather = () => {
      events.off('completed', gather);
      clearTimeout(timer);
      timer = setTimeout(done, GATHER_MS);
    };
    events.on('completed', gather);
    signal.addEventListener('abort', done, { once: true });
  });
}
