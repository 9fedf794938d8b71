import type { Entry } from '../core/entry.ts';
import { isoTime } from '../core/iso-time.ts';
import type { Outcome, OutcomeError } from '../core/outcome.ts';
import type { RunId } from '../core/run-id.ts';
import { withoutCredentials } from '../core/without-credentials.ts';

/** The outcome of an entry that waited when its run was cancelled. */
export function cancelledOutcome(run: RunId, entry: Entry, wallMs: number): Outcome {
  return unfetchedOutcome(run, entry, 'cancelled', undefined, wallMs);
}

/** The outcome of an entry that ended the worker which fetched it, again and again: `deaths` times while it was fetched alone. */
export function crashedOutcome(run: RunId, entry: Entry, deaths: number, wallMs: number): Outcome {
  const error = { code: 'WORKER_DIED', message: `${deaths} workers died while they fetched this URL` };
  return unfetchedOutcome(run, { ...entry, attempts: entry.attempts + deaths }, 'crashed', error, wallMs);
}

function unfetchedOutcome(
  run: RunId,
  { url, input, source, line, attempts, deferrals, depth, referrer }: Entry,
  verdict: 'cancelled' | 'crashed',
  error: OutcomeError | undefined,
  wallMs: number,
): Outcome {
  const outcome: Outcome = {
    schema: 1,
    run,
    url: withoutCredentials(url),
    method: 'GET',
    verdict,
    ok: false,
    attempts: attempts + deferrals,
    depth,
    finishedAt: isoTime(wallMs),
  };
  if (input !== undefined) outcome.input = input;
  if (source !== undefined) outcome.source = source;
  if (line !== undefined) outcome.line = line;
  if (referrer !== undefined) outcome.referrer = referrer;
  if (error !== undefined) outcome.error = error;
  return outcome;
}
