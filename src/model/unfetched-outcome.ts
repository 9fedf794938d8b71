import { isoTime } from '../util/clock.ts';
import { type Entry, pageChain } from './entry.ts';
import type { Outcome, OutcomeError } from './outcome.ts';
import { type Checked, methodOf } from './request-spec.ts';
import type { RunId } from './run-id.ts';
import type { RunOptions } from './run-options.ts';
import { withoutLocalOrigin } from './url/local-target.ts';
import { withoutCredentials } from './url/without-credentials.ts';
import type { Verdict } from './verdict.ts';

type MethodOption = Pick<RunOptions, 'method'>;

/** The outcome of an entry that was still waiting when its run was cancelled. */
export function cancelledOutcome(run: RunId, entry: Entry, options: MethodOption, wallMs: number): Outcome {
  // An entry that is following redirects has made an attempt.
  const attempts = entry.attempts + (pageChain(entry) === undefined ? 0 : 1);
  return unfetchedOutcome(run, { ...entry, attempts }, options, 'cancelled', undefined, wallMs);
}

/**
 * The outcome of an entry that repeatedly killed the worker that fetched it.
 *
 * @param deaths how many workers died while they fetched only this entry
 */
export function crashedOutcome(run: RunId, entry: Entry, options: MethodOption, deaths: number, wallMs: number): Outcome {
  const error = { code: 'WORKER_DIED', message: `${deaths} workers died while fetching this URL` };
  return unfetchedOutcome(run, { ...entry, attempts: entry.attempts + deaths }, options, 'crashed', error, wallMs);
}

/**
 * The outcome of an entry whose worker died before it had the answer, if the request may have arrived and must not be
 * sent twice.
 */
export function brokenOffOutcome(run: RunId, entry: Entry, options: MethodOption, wallMs: number): Outcome {
  const message = `the worker ended during the ${methodOf(entry, options)}: it may have arrived, so it is not sent again unless its record says "repeatable"`;
  const error = { code: 'MAY_HAVE_ARRIVED', message };
  return unfetchedOutcome(run, { ...entry, attempts: entry.attempts + 1 }, options, 'crashed', error, wallMs);
}

/**
 * The outcome of an entry that this machine could not connect to for a very long time, because it lacked a local
 * resource. Nothing is known about the server.
 */
export function shortageOutcome(run: RunId, entry: Entry, options: MethodOption, error: OutcomeError, wallMs: number): Outcome {
  return unfetchedOutcome(run, entry, options, 'crashed', error, wallMs);
}

/** The error code of a request that needs a secret that is not available. */
export const MISSING_SECRET = 'MISSING_SECRET';

/** The outcome of an entry whose request needs a secret that is not available. */
export function unaskableOutcome(run: RunId, entry: Entry, options: MethodOption, message: string, wallMs: number): Outcome {
  return unfetchedOutcome(run, entry, options, 'invalid-url', { code: MISSING_SECRET, message }, wallMs);
}

/** The outcome of an entry that was not requested because its robots.txt disallows it or could not be fetched. */
export function unpermittedOutcome(
  run: RunId,
  entry: Entry,
  options: MethodOption,
  verdict: Verdict,
  error: OutcomeError,
  wallMs: number,
): Outcome {
  return unfetchedOutcome(run, entry, options, verdict, error, wallMs);
}

/** The outcome of an entry that is settled without a request. */
export function checkedOutcome(run: RunId, entry: Entry, options: MethodOption, checked: Checked, wallMs: number): Outcome {
  if (checked === 'ok') return unfetchedOutcome(run, entry, options, 'ok', undefined, wallMs);
  const { code, message, verdict = 'broken' } = checked;
  return unfetchedOutcome(run, entry, options, verdict, { code, message }, wallMs);
}

/**
 * Adds the fields that come from the entry to an outcome. They must come after the fields that `bookedAs` looks for,
 * because `meta` may contain anything.
 */
export function describeEntry(outcome: Outcome, { input, source, line, identity, referrer, external, request }: Entry): Outcome {
  if (input !== undefined) outcome.input = input;
  if (source !== undefined) outcome.source = source;
  if (line !== undefined) outcome.line = line;
  if (identity !== undefined) outcome.identity = identity;
  if (referrer !== undefined) outcome.referrer = referrer;
  if (external !== undefined) outcome.external = external;
  if (request === undefined) return outcome;
  const { places, morePlaces, fragments, moreFragments, meta, metaText } = request;
  if (places !== undefined) outcome.places = places;
  if (morePlaces !== undefined) outcome.morePlaces = morePlaces;
  if (fragments !== undefined) outcome.fragments = [...fragments];
  if (moreFragments !== undefined) outcome.moreFragments = moreFragments;
  if (meta !== undefined) outcome.meta = meta;
  if (metaText !== undefined) outcome.metaText = metaText;
  return outcome;
}

function unfetchedOutcome(
  run: RunId,
  entry: Entry,
  options: MethodOption,
  verdict: Verdict,
  error: OutcomeError | undefined,
  wallMs: number,
): Outcome {
  const { url, attempts, deferrals, depth } = entry;
  const chain = pageChain(entry);
  const outcome: Outcome = {
    schema: 1,
    run,
    url: withoutLocalOrigin(withoutCredentials(url)),
    method: methodOf(entry, options),
    verdict,
    ok: verdict === 'ok',
    attempts: attempts + deferrals,
    depth,
    finishedAt: isoTime(wallMs),
  };
  if (chain !== undefined) Object.assign(outcome, { finalUrl: chain.url, redirects: chain.redirects });
  if (error !== undefined) outcome.error = error;
  return describeEntry(outcome, entry);
}
