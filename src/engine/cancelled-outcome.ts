import type { Entry } from '../core/entry.ts';
import { isoTime } from '../core/iso-time.ts';
import type { Outcome } from '../core/outcome.ts';
import type { RunId } from '../core/run-id.ts';
import { withoutCredentials } from '../core/without-credentials.ts';

/** The outcome of an entry that waited when its run was cancelled. */
export function cancelledOutcome(run: RunId, entry: Entry, wallMs: number): Outcome {
  const { url, input, source, line, attempts, deferrals, depth, referrer } = entry;
  const outcome: Outcome = {
    schema: 1,
    run,
    url: withoutCredentials(url),
    method: 'GET',
    verdict: 'cancelled',
    ok: false,
    attempts: attempts + deferrals,
    depth,
    finishedAt: isoTime(wallMs),
  };
  if (input !== undefined) outcome.input = input;
  if (source !== undefined) outcome.source = source;
  if (line !== undefined) outcome.line = line;
  if (referrer !== undefined) outcome.referrer = referrer;
  return outcome;
}
