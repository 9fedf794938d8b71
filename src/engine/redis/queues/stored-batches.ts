import type { Queue } from 'bullmq';
import { z } from 'zod';
import { isRunId, type RunId } from '../../../model/run-id.ts';
import type { RedisLimits } from '../../engine-spec.ts';
import type { RunCounts } from '../../run-counts.ts';
import { packText, unpackText } from '../frontier/packed-text.ts';

/** For 1,000 URLs, the lowest level takes 3 ms of a thread and 20 bytes per URL; the default level 7 ms and 17.5 bytes. */
const LEVEL = 6;

const run = z.string().refine(isRunId, 'run: letters, digits, `.`, `_` and `-`, not an integer');

/** A batch as the data of a job, or as the JSON text that is stored compressed. */
const BatchJob = z.strictObject({
  run,
  batch: z.int().min(0),
  firstLine: z.int().min(1).default(1),
  lines: z.array(z.string()).max(1_000),
  source: z.string().optional(),
  format: z.enum(['records', 'links']).optional(),
  identity: z.literal('line').optional(),
  namedHost: z.string().optional(),
  /** The run's options, if the client did not call `openRun`. */
  options: z.unknown().optional(),
});
export type BatchJob = z.infer<typeof BatchJob>;

/**
 * A job of the `urls` queue. Any BullMQ client may add a batch or a seal. A job that says `stored` contains no lines:
 * it asks a worker to push the batches of its run that are stored
 * beside the queue (docs/decisions/0020).
 */
export const UrlsJob = z.union([
  BatchJob,
  z.strictObject({ run, batches: z.int().min(0), options: z.unknown().optional() }),
  z.strictObject({ run, stored: z.literal(true) }),
]);

/** Packs a batch to be stored. */
export async function packBatch(batch: BatchJob): Promise<Buffer> {
  return packText(JSON.stringify(batch), LEVEL);
}

/** Reverses `packBatch`. Throws if it is not a batch. */
export async function unpackBatch(content: Buffer): Promise<BatchJob> {
  return BatchJob.parse(JSON.parse(await unpackText(content)));
}

/**
 * Queues a job that pushes the stored batches of the run. If one waits already, none is added. If one is active, one
 * more will follow it.
 */
export async function requestIntake(queue: Queue, run: RunId): Promise<void> {
  await queue.add(
    'stored',
    { run, stored: true },
    { deduplication: { id: `stored#${run}`, keepLastIfActive: true }, removeOnComplete: true, removeOnFail: true },
  );
}

/**
 * True if no further batch may be pushed now. Outcomes count too: invalid lines get theirs at once, so a list of them
 * could fill Redis although no entry waits.
 */
export function isFull({ accepted, discovered, settled, unreleased }: RunCounts, { maxWaiting, maxUnreleased }: RedisLimits): boolean {
  return accepted + discovered - settled >= maxWaiting || unreleased >= maxUnreleased;
}
