import { z } from 'zod';
import { namedOptions } from '../options/option-name.ts';
import type { OptionSpec } from '../options/option-spec.ts';
import { groupOf, OPTIONS } from '../options/option-table.ts';

/** The schemas of the HTTP API. They validate requests, the OpenAPI document is made from them, and tests check the answers against them. */

const count = z.int().min(0);

export const RunView = z.strictObject({
  run: z.string(),
  state: z
    .enum(['open', 'running', 'paused', 'ended', 'cancelled', 'stopped'])
    .describe('open: takes more URLs; running: sealed; stopped: Redis does not know the run, and its results are incomplete'),
  submitted: count.describe('lines that are neither blank nor a comment'),
  duplicates: count,
  urls: count.describe('URLs of the run, including those found on pages'),
  discovered: count.describe('URLs found on pages'),
  settled: count.describe('URLs with a result'),
  ok: count,
  failed: count,
  skipped: count,
  retries: count,
  waiting: count,
  inFlight: count,
  unreleased: count.describe('results that no collector has written to disk yet'),
  skippedLinks: z.record(z.string(), count).describe('links that were not followed, by reason'),
  collector: z.string().optional().describe('the collector that has the run now'),
  ratePerSecond: z.number().min(0).optional(),
  timeLeft: z.strictObject({ seconds: count, reason: z.enum(['rate', 'politeness']) }).optional(),
});

export const RunDetails = z.strictObject({
  ...RunView.shape,
  options: z.record(z.string(), z.unknown()).describe('options of the run; secrets are masked'),
  log: z.boolean().describe('the results are on this machine, so rows and reports are available'),
  live: z.boolean().describe('Redis knows the run; if false, everything here comes from its results on this machine'),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
});

export const ResultList = z.strictObject({
  total: count.describe('folders that match'),
  results: z.array(
    z.strictObject({
      run: z.string(),
      state: z.enum(['running', 'ended', 'stopped', 'damaged']),
      startedAt: z.string().optional(),
      rows: count,
      ok: count,
      failed: count,
      skipped: count,
    }),
  ),
});

export const OriginList = z.strictObject({
  origins: z
    .array(z.strictObject({ origin: z.string(), waiting: count, readyInMs: z.number().min(0), blocked: z.boolean() }))
    .describe('the origins with the most waiting URLs, at most 20; in a run with very many origins, only some are considered'),
});

export const RunList = z.strictObject({ total: count, runs: z.array(RunView) });

export const Overview = z.strictObject({
  at: z.iso.datetime(),
  redis: z.strictObject({
    reachable: z.boolean(),
    awaySince: z.iso.datetime().optional(),
    reason: z.string().optional(),
    latencyMs: z.number().min(0),
    version: z.string().optional(),
    usedBytes: count.optional(),
    maxBytes: count.optional().describe('0: no limit'),
    persistence: z.enum(['aof', 'snapshots', 'none', 'failing']).optional(),
    aofBytes: count.optional(),
    delayedSyncs: count.optional().describe('late syncs of the append-only file since Redis started'),
    isSaving: z.boolean().optional().describe('Redis is writing its data to disk now'),
    evictionPolicy: z.string().optional().describe('any policy but noeviction can lose URLs'),
    clients: count.optional(),
    commandsPerSecond: count.optional(),
  }),
  totals: z.strictObject({
    runs: count,
    activeRuns: count,
    ratePerSecond: z.number().min(0),
    waiting: count,
    inFlight: count,
    readyOrigins: count,
    queuedBatches: count,
    unreleased: count,
    throttledOrigins: count,
    workers: count,
    slots: count,
    busySlots: count,
    collectors: count,
  }),
  runs: z.array(RunView).describe('the 100 newest'),
  throttled: z.array(z.strictObject({ origin: z.string(), concurrency: count, holdMs: count, cause: z.string() })).describe('at most 50'),
  workers: z
    .array(
      z.strictObject({
        name: z.string(),
        slots: count,
        busySlots: count.optional(),
        seenMsAgo: z.number().min(0).optional().describe('time since the last report; workers report once a second'),
      }),
    )
    .describe('at most 100'),
  collectors: z.array(z.strictObject({ name: z.string(), runs: count })).describe('collectors that are alive or hold a run; at most 100'),
  latency: z
    .strictObject({ boundsMs: z.array(z.number()), counts: z.array(count) })
    .describe('results of the last minute by latency: one count for each bound, and one above the last'),
  failures: z
    .array(
      z.strictObject({
        run: z.string(),
        url: z.string(),
        verdict: z.string(),
        status: count.optional(),
        reason: z.string().optional(),
        at: z.string(),
      }),
    )
    .describe('the last failures of each worker, newest first; at most 20'),
});

export const Row = z.strictObject({
  url: z.string(),
  verdict: z.string(),
  class: z.enum(['ok', 'failed', 'skipped']),
  result: z.string().describe('the status, or the verdict if that says more'),
  latencyMs: z.number().optional(),
  sizeBytes: count.optional(),
  from: z.string().optional().describe('source and line, or the page with the link'),
  why: z.string(),
});
export const RowList = z.strictObject({ rows: z.array(Row), more: z.boolean().describe('further rows match') });
export const Problem = z.strictObject({ error: z.string() });
export const Done = z.strictObject({ run: z.string(), state: z.enum(['open', 'running', 'paused', 'ended', 'cancelled', 'removed']) });
export const Submitted = z.strictObject({ run: z.string(), lines: count });

/** The options that the API accepts for a run: those of `trawl enqueue` that belong to the run, except map modules. */
const API_OPTIONS: ReadonlyMap<string, OptionSpec> = new Map(
  [...namedOptions('enqueue')].flatMap(([name, key]): Array<[string, OptionSpec]> => {
    const spec: OptionSpec = OPTIONS[key];
    return spec.scope === 'run' && groupOf(key) !== 'maps' ? [[name, spec]] : [];
  }),
);

function optionShape(): Record<string, z.ZodType> {
  const text = z.union([z.string(), z.number()]);
  return Object.fromEntries(
    [...API_OPTIONS].map(([name, { valueName, repeatable, meaning }]) => {
      const value = valueName === undefined ? z.boolean() : repeatable ? z.union([text, z.array(text)]) : text;
      return [name, value.optional().describe(meaning)];
    }),
  );
}

export const Submission = z
  .strictObject({
    list: z.string().describe('one URL per line; # starts a comment').optional(),
    urls: z.array(z.string()).describe('the same as an array').optional(),
    run: z.string().describe('id of the run; by default a new one').optional(),
    open: z.boolean().describe('do not seal the run').optional(),
    options: z.strictObject(optionShape()).describe('as in trawl.config.json').optional(),
  })
  .refine(({ list, urls }) => (list === undefined) !== (urls === undefined), 'give either list or urls');

export const Login = z.strictObject({ token: z.string() });
