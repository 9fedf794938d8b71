import type { Entry } from './entry.ts';
import { isoTime } from './iso-time.ts';
import type { Outcome, OutcomeError } from './outcome.ts';
import type { RunId } from './run-id.ts';
import { withoutCredentials } from './without-credentials.ts';

/** The outcome of an entry that waited when its run was cancelled. */
export function cancelledOutcome(run: RunId, entry: Entry, wallMs: number): Outcome {
  return unfetchedOutcome(run, entry, 'cancelled', undefined, wallMs);
}

/** The outcome of an entry that ended the worker which fetched it, again and again: `deaths` times while it was fetched alone. */
export function crashedOutcome(run: RunId, entry: Entry, deaths: number, wallMs: number): Outcome {
  const error = { code: 'WORKER_DIED', message: `${deaths} workers died while they fetched this URL` };
  return unfetchedOutcome(run, { ...entry, attempts: entry.attempts + deaths }, 'crashed', error, wallMs);
}

/** The outcome of an entry whose request may have arrived, and must not be sent again: its worker ended before it had the answer. */
export function brokenOffOutcome(run: RunId, entry: Entry, wallMs: number): Outcome {
  const { method = 'GET' } = entry.request ?? {};
  const message = `the worker ended while the ${method} was under way: it may have arrived, and is not sent again unless its record says "repeatable"`;
  return unfetchedOutcome(run, { ...entry, attempts: entry.attempts + 1 }, 'crashed', { code: 'MAY_HAVE_ARRIVED', message }, wallMs);
}

/** Adds to an outcome what its entry knows of itself, behind everything that `bookedAs` looks for: `meta` may hold anything. */
export function describeEntry(outcome: Outcome, { input, source, line, identity, referrer, request }: Entry): Outcome {
  if (input !== undefined) outcome.input = input;
  if (source !== undefined) outcome.source = source;
  if (line !== undefined) outcome.line = line;
  if (identity !== undefined) outcome.identity = identity;
  if (referrer !== undefined) outcome.referrer = referrer;
  if (request?.meta !== undefined) outcome.meta = request.meta;
  return outcome;
}

function unfetchedOutcome(
  run: RunId,
  entry: Entry,
  verdict: 'cancelled' | 'crashed',
  error: OutcomeError | undefined,
  wallMs: number,
): Outcome {
  const { url, attempts, deferrals, depth, request } = entry;
  const outcome: Outcome = {
    schema: 1,
    run,
    url: withoutCredentials(url),
    method: request?.method ?? 'GET',
    verdict,
    ok: false,
    attempts: attempts + deferrals,
    depth,
    finishedAt: isoTime(wallMs),
  };
  if (error !== undefined) outcome.error = error;
  return describeEntry(outcome, entry);
}
