import type { Ending } from '../engine/ending.ts';
import type { FetchAborted, FetchResult, Shortage } from '../fetch/fetch-result.ts';
import { type Entry, fromStart, movedTo } from '../model/entry.ts';
import type { Outcome, OutcomeError } from '../model/outcome.ts';
import { isRepeatable, methodOf } from '../model/request-spec.ts';
import { isAccepted, type RunOptions } from '../model/run-options.ts';
import { brokenOffOutcome, describeEntry, shortageOutcome } from '../model/unfetched-outcome.ts';
import { httpInstead } from '../model/url/bare-scheme.ts';
import { withoutCredentials } from '../model/url/without-credentials.ts';
import type { Verdict } from '../model/verdict.ts';
import { bodyText } from '../parse/charset/body-text.ts';
import { isoTime } from '../util/clock.ts';
import { backoffMs, isRetryableStatus, MAX_DEFERRALS, MAX_OBEYED_WAIT_MS } from './retry-policy.ts';

/** What the ending depends on besides the fetch. */
interface EndingContext {
  run: string;
  worker: string;
  /** The time now, by the engine's clock. */
  nowMs: number;
  /**
   * Time from when the frontier accepted the entry to the start of this attempt, minus the time of this attempt's
   * earlier requests, in milliseconds. It covers our own waiting and earlier attempts.
   */
  waitMs: number;
  /** Returns numbers in [0, 1). */
  random: () => number;
}

const DAY_MS = 24 * 60 * 60_000;
/** If we did not read a body for this long and the server reset the connection, our pause is the likely cause. */
const LONG_WAIT_MS = 1_000;

type Answered = Extract<FetchResult, { kind: 'response' }>;
type Failed = Extract<FetchResult, { kind: 'failure' }>;

/**
 * Decides how an entry leaves its visit after a fetch: back to its backlog, to be retried, moved by a redirect, or with
 * its outcome. Pure except for `random`.
 */
export function decideEnding(entry: Entry, result: FetchResult, options: RunOptions, context: EndingContext): Ending {
  if (result.kind === 'aborted') return afterAbort(entry, result, options, context);
  if (result.kind === 'moved') return { kind: 'moved', entry: movedTo(entry, result.chain) };
  return result.kind === 'failure' ? afterFailure(entry, result, options, context) : afterResponse(entry, result, options, context);
}

function afterAbort(entry: Entry, { sent, shortage }: FetchAborted, options: RunOptions, { run, nowMs }: EndingContext): Ending {
  return sent
    ? { kind: 'outcome', outcome: brokenOffOutcome(run, entry, options, nowMs) }
    : afterUnsent(entry, shortage, options, { run, nowMs });
}

/**
 * Decides for an entry whose request, or whose request for a robots.txt, was aborted before it was sent. A shortage on
 * this machine costs no attempt: the entry goes back, unless another try is pointless (`isFinal`).
 */
export function afterUnsent(
  entry: Entry,
  shortage: Shortage | undefined,
  options: RunOptions,
  { run, nowMs }: Pick<EndingContext, 'run' | 'nowMs'>,
): Ending {
  if (!shortage?.isFinal) return { kind: 'back' };
  const { code, message } = shortage;
  return { kind: 'outcome', outcome: shortageOutcome(run, entry, options, { code, message }, nowMs) };
}

function afterFailure(entry: Entry, result: Failed, options: RunOptions, context: EndingContext): Ending {
  // Some servers reset the connection when they do not support HEAD.
  if (entry.external && methodOf(entry, options) === 'HEAD' && (result.verdict === 'reset' || result.verdict === 'protocol'))
    return asGet(entry, result);
  const reach = isUnanswered(result) && !options.independent ? { unreachable: true as const } : {};
  const chain = options.scheme === 'auto' ? httpInstead(entry, result) : undefined;
  if (chain !== undefined)
    return { kind: 'moved', entry: movedTo({ ...again(entry, result), deferrals: entry.deferrals + 1 }, chain), ...reach };
  if (brokeWhileWaiting(result) && isRepeatable(entry, options) && entry.deferrals < MAX_DEFERRALS) {
    const deferred = { ...again(entry, result), deferrals: entry.deferrals + 1 };
    return { kind: 'retry', afterMs: backoffMs(deferred.deferrals, context.random), entry: deferred, unfetched: true };
  }
  // Another attempt starts with the entry's own URL. If that was answered with a redirect, repeating it may send a
  // non-repeatable request twice.
  const mayRepeat = entry.chain === undefined || isRepeatable(entry, options);
  if (result.retryable && mayRepeat && entry.attempts < options.retries) return { ...nextAttempt(entry, result, context), ...reach };
  return { kind: 'outcome', outcome: buildOutcome(entry, result, options, result.verdict, result.error, context), ...reach };
}

/**
 * Servers close a connection that nobody reads from. If this process paused reading because it had no memory, the reset
 * says nothing about the URL.
 */
function brokeWhileWaiting({ verdict, waitedMs = 0 }: Failed): boolean {
  return verdict === 'reset' && waitedMs >= LONG_WAIT_MS;
}

/** True if not a single byte of a response arrived. */
function isUnanswered({ verdict, status }: Failed): boolean {
  return status === undefined && (verdict === 'timeout' || verdict === 'refused' || verdict === 'reset' || verdict === 'dns');
}

function afterResponse(entry: Entry, result: Answered, options: RunOptions, context: EndingContext): Ending {
  const { status, retryAfterMs } = result;
  const verdict = statusVerdict(status, { accept: entry.request?.accept ?? options.accept });
  if (verdict !== 'ok' && methodOf(entry, options) === 'HEAD' && mayDifferByGet(entry, result)) return asGet(entry, result);
  if (verdict === 'ok' || !isRetryableStatus(status)) {
    const missing = verdict === 'ok' ? missingText(entry, result) : undefined;
    const outcome = buildOutcome(entry, result, options, missing === undefined ? verdict : 'broken', missing, context);
    return { kind: 'outcome', outcome };
  }
  const mayRepeat = isRepeatable(entry, options);
  // `Retry-After: 0` only says that another attempt may help, like no Retry-After.
  const askedMs = options.independent ? 0 : (retryAfterMs ?? 0);
  if (askedMs > 0) {
    // If the server asks for more than we wait for, its answer is the outcome: a retry would come sooner than it asked
    // for.
    const holdMs = Math.min(askedMs, MAX_OBEYED_WAIT_MS);
    const mayWait = askedMs <= MAX_OBEYED_WAIT_MS && options.retries > 0 && entry.deferrals < MAX_DEFERRALS;
    if (mayRepeat && mayWait) {
      return { kind: 'retry', afterMs: askedMs, entry: { ...again(entry, result), deferrals: entry.deferrals + 1 }, origin: { holdMs } };
    }
    return { kind: 'outcome', outcome: buildOutcome(entry, result, options, verdict, undefined, context), origin: { holdMs } };
  }
  const next = nextAttempt(entry, result, context);
  const pause = !options.independent && status === 429 ? { origin: { holdMs: next.afterMs } } : {};
  if (mayRepeat && entry.attempts < options.retries) return { ...next, ...pause };
  return { kind: 'outcome', outcome: buildOutcome(entry, result, options, verdict, undefined, context), ...pause };
}

function nextAttempt(entry: Entry, result: Answered | Failed, context: EndingContext): Extract<Ending, { kind: 'retry' }> {
  const attempts = entry.attempts + 1;
  return { kind: 'retry', afterMs: backoffMs(attempts, context.random), entry: { ...again(entry, result), attempts } };
}

/** Statuses that say that HEAD is not supported. */
const NO_HEAD: ReadonlySet<number> = new Set([405, 501]);
/**
 * Statuses with which servers refuse HEAD although they answer GET, because their application or firewall does not
 * expect HEAD.
 */
const REFUSES_HEAD: ReadonlySet<number> = new Set([...NO_HEAD, 400, 403, 404, 500]);

/**
 * True if a GET may give another result than this answer to a HEAD.
 *
 * - A link out of scope: HEAD was our choice, so any failure may be caused by HEAD.
 * - A run with `--method HEAD` asks whether its URLs exist, so a GET decides after the statuses in `REFUSES_HEAD`.
 * - A record that names HEAD itself wants the answer to HEAD, so only 405 and 501 count.
 *
 * A server that asks us to come back later is obeyed first.
 */
function mayDifferByGet({ external, request }: Entry, { status, retryAfterMs }: Answered): boolean {
  if (NO_HEAD.has(status)) return true;
  const asksForPatience = status === 429 || status === 503 || (isRetryableStatus(status) && (retryAfterMs ?? 0) > 0);
  return !asksForPatience && (external === true || (request?.method === undefined && REFUSES_HEAD.has(status)));
}

/** Retries the entry at once with GET. */
function asGet(entry: Entry, result: Answered | Failed): Ending {
  const asked = { ...again(entry, result), deferrals: entry.deferrals + 1, request: { ...entry.request, method: 'GET' } };
  return { kind: 'retry', afterMs: 0, entry: asked };
}

/**
 * The entry for another attempt, which starts from its own URL. Adds the time of this attempt to `spentMs`, because the
 * server's time must not count as our own waiting.
 */
export function again(entry: Entry, { latencyMs }: Pick<Answered | Failed, 'latencyMs'>): Entry {
  return { ...fromStart(entry), spentMs: Math.round((entry.spentMs ?? 0) + latencyMs) };
}

/** The error if the body lacks the text that the record expects (`contains`), otherwise undefined. */
function missingText({ request }: Entry, { content, contentType, truncated }: Answered): OutcomeError | undefined {
  if (request?.contains === undefined || content === undefined) return undefined;
  if (bodyText(content.body, contentType).includes(request.contains)) return undefined;
  const where = truncated ? `the part of the body that was read (${content.body.length} bytes)` : 'the body';
  return { code: 'TEXT_MISSING', message: `${where} does not contain ${JSON.stringify(request.contains)}` };
}

/** The verdict for the status of a response. */
export function statusVerdict(status: number, options: Pick<RunOptions, 'accept'>): Verdict {
  if (isAccepted(status, options.accept)) return 'ok';
  if (status === 429) return 'rate-limited';
  if (status === 401 || status === 403 || status === 407 || status === 451) return 'blocked';
  return 'broken';
}

function buildOutcome(
  entry: Entry,
  result: Answered | Failed,
  options: RunOptions,
  verdict: Verdict,
  error: OutcomeError | undefined,
  context: EndingContext,
): Outcome {
  const outcome: Outcome = {
    schema: 1,
    run: context.run,
    url: withoutCredentials(entry.url),
    method: methodOf(entry, options),
    verdict,
    ok: verdict === 'ok',
    attempts: entry.attempts + entry.deferrals + 1,
    depth: entry.depth,
    latencyMs: result.latencyMs,
    waitMs: Math.max(0, Math.round(context.waitMs - (entry.spentMs ?? 0) + (result.waitedMs ?? 0))),
    timings: result.timings,
    worker: context.worker,
    startedAt: isoTime(result.startedAtMs),
    finishedAt: isoTime(result.finishedAtMs),
  };
  if (result.finalUrl !== undefined) outcome.finalUrl = result.finalUrl;
  if (result.status !== undefined) outcome.status = result.status;
  if (result.remoteAddress !== undefined) outcome.remoteAddress = result.remoteAddress;
  if (result.certificateExpiry !== undefined) {
    outcome.certificateExpiresAt = result.certificateExpiry.iso;
    outcome.certificateDaysLeft = Math.floor((result.certificateExpiry.atMs - result.finishedAtMs) / DAY_MS);
  }
  if (result.tlsProblem !== undefined) outcome.tlsProblem = result.tlsProblem;
  if (result.httpVersion !== undefined) outcome.httpVersion = result.httpVersion;
  if (result.httpFaults !== undefined) outcome.httpFaults = result.httpFaults;
  if (result.redirects !== undefined && result.redirects.length > 0) outcome.redirects = result.redirects;
  if (error !== undefined) outcome.error = error;
  if (result.sizeBytes !== undefined) outcome.sizeBytes = result.sizeBytes;
  if (result.wireBytes !== undefined) outcome.wireBytes = result.wireBytes;
  if (result.contentType !== undefined) outcome.contentType = result.contentType;
  if (result.kind === 'response' && result.truncated) outcome.truncated = true;
  return describeEntry(outcome, entry);
}
