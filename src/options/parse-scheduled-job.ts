import { z } from 'zod';
import type { ScheduledJob } from '../model/schedule.ts';
import { parseRunOptions } from './run-options-schema.ts';

const reading = z.object({
  input: z.enum(['auto', 'lines', 'jsonl', 'csv', 'tsv']).exactOptional(),
  urlColumn: z.string().exactOptional(),
  delimiter: z.string().exactOptional(),
  dedupe: z.enum(['auto', 'url', 'none']).exactOptional(),
});

const job = z.object({
  options: z.unknown(),
  sources: z
    .array(
      z.union([
        z.object({ kind: z.enum(['url', 'list-url', 'sitemap']), url: z.string(), reading: reading.exactOptional() }),
        z.object({ kind: z.literal('stored'), name: z.string(), text: z.string(), reading: reading.exactOptional() }),
      ]),
    )
    .min(1),
});

/** Parses the job of a schedule from its text in Redis. Throws an error that says what is wrong with it. */
export function parseScheduledJob(text: string): ScheduledJob {
  const { options, sources } = job.parse(JSON.parse(text));
  return { options: parseRunOptions(options), sources };
}
