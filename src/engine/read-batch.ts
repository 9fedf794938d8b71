import type { Entry } from '../core/entry.ts';
import { lineKey } from '../core/logged-rows.ts';
import type { Outcome } from '../core/outcome.ts';
import { parseRecordLine, requestProblem } from '../core/record-line.ts';
import type { RunId } from '../core/run-id.ts';
import type { RunOptions } from '../core/run-options.ts';
import { parseSeedLine, type SeedLine } from '../core/seed-line.ts';
import type { Batch } from './engine.ts';

/** What a batch comes to: entries for the frontier, and an outcome at once for each line that is no URL. */
export interface ReadBatch {
  entries: Entry[];
  invalid: Outcome[];
}

/** Credentials inside a URL would travel through Redis: there they are refused. */
export type UrlCredentials = 'allow' | 'refuse';

/** Reads the lines of a batch. Pure; blank lines and comments are left out. */
export function readBatch(
  run: RunId,
  batch: Batch,
  { method }: Pick<RunOptions, 'method'>,
  acceptedAtMs: number,
  credentials: UrlCredentials,
): ReadBatch {
  const { source, identity } = batch;
  const parse = batch.format === 'records' ? parseRecordLine : parseSeedLine;
  const entries: Entry[] = [];
  const invalid: Outcome[] = [];
  for (let index = 0; index < batch.lines.length; index++) {
    const seed = refuseRequest(refuseCredentials(parse(batch.lines[index] as string), credentials), method);
    const line = batch.firstLine + index;
    if (seed.kind === 'url') {
      const { url, origin, input, request } = seed;
      const key = identity === 'line' ? lineKey({ line, ...(source !== undefined && { source }) }) : seed.key;
      const entry: Entry = { key, url, origin, depth: 0, attempts: 0, deferrals: 0, acceptedAtMs, line };
      if (request !== undefined) entry.request = request;
      if (identity !== undefined) entry.identity = identity;
      if (input !== url) entry.input = input;
      if (source !== undefined) entry.source = source;
      entries.push(entry);
    } else if (seed.kind === 'invalid') {
      const { input, code, message, meta } = seed;
      const outcome: Outcome = {
        schema: 1,
        run,
        url: input,
        line,
        method,
        verdict: 'invalid-url',
        ok: false,
        attempts: 0,
        error: { code, message },
        depth: 0,
        finishedAt: new Date(acceptedAtMs).toISOString(),
      };
      if (source !== undefined) outcome.source = source;
      if (meta !== undefined) outcome.meta = meta;
      invalid.push(outcome);
    }
  }
  return { entries, invalid };
}

/** What makes two batches the same, as text. */
export function batchContent({ source, firstLine, lines, format, identity }: Batch): string {
  const content = [source ?? null, firstLine, lines];
  return JSON.stringify(format === undefined && identity === undefined ? content : [...content, format ?? null, identity ?? null]);
}

/** True if the URL has `user:password@` in it. */
export function hasCredentials({ url, origin }: { url: string; origin: string }): boolean {
  return !url.startsWith(`${origin}/`);
}

function refuseRequest(seed: SeedLine, method: string): SeedLine {
  if (seed.kind !== 'url' || seed.request === undefined) return seed;
  const message = requestProblem(seed.request, seed.request.method ?? method);
  return message === undefined ? seed : refused(seed, 'NOT_A_RECORD', message);
}

function refuseCredentials(seed: SeedLine, credentials: UrlCredentials): SeedLine {
  if (credentials === 'allow' || seed.kind !== 'url' || !hasCredentials(seed)) return seed;
  const message =
    "credentials inside a URL do not travel through Redis: give them as a header, -H 'Authorization: env:NAME', and NAME to each worker";
  return refused(seed, 'CREDENTIALS_IN_URL', message);
}

/** A record is told from others by its `meta`, also if it is not asked for. */
function refused({ input, request }: Extract<SeedLine, { kind: 'url' }>, code: string, message: string): SeedLine {
  return { kind: 'invalid', input, code, message, ...(request?.meta !== undefined && { meta: request.meta }) };
}
