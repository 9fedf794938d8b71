import { setTimeout as sleep } from 'node:timers/promises';
import type { Ending } from '../engine/ending.ts';
import type { Visit } from '../engine/visit.ts';
import type { PageBudget } from '../fetch/body/page-budget.ts';
import type { FetchRequest } from '../fetch/fetch-request.ts';
import type { FetchResult, ResponseContent } from '../fetch/fetch-result.ts';
import { type Fetcher, MissingSecretError } from '../fetch/fetcher.ts';
import { type Entry, mayRepeatNext, pageChain } from '../model/entry.ts';
import type { Log } from '../model/log.ts';
import { type LeftEntry, MEASURES } from '../model/measures.ts';
import { isRepeatable, methodOf, type RequestSpec } from '../model/request-spec.ts';
import type { RunOptions } from '../model/run-options.ts';
import { checkedOutcome, unaskableOutcome } from '../model/unfetched-outcome.ts';
import { DOWN_AFTER, DOWN_TIMEOUT_MS, type Trial } from '../model/unreachable-origin.ts';
import { linkedHostOf, namedHostOf } from '../model/url/named-host.ts';
import type { Verdict } from '../model/verdict.ts';
import { isLinking } from '../parse/links/document-type.ts';
import type { Conditions } from '../util/conditions.ts';
import { BodyFileError, type BodyFiles } from './body-files.ts';
import type { Capacity } from './capacity.ts';
import type { ChainSecret, ChainSecrets } from './chain-secrets.ts';
import { again, decideEnding } from './decide-ending.ts';
import { type LinkFinder, type PageFindings, wantsLinks } from './links/find-links.ts';
import { MAP_AGAIN_MS, mapPage } from './map/map-page.ts';
import type { RunMaps } from './map/run-maps.ts';
import { MAX_DEFERRALS } from './retry-policy.ts';
import type { Permit, RobotsGate } from './robots/robots-gate.ts';
import { Turns } from './turns.ts';

export interface VisitContext {
  fetcher: Fetcher;
  worker: string;
  random: () => number;
  robots: RobotsGate;
  secrets: ChainSecrets;
  finder: LinkFinder;
  /** Memory budget for large pages. A page keeps its share until it is settled. */
  budget: PageBudget;
  maps: RunMaps;
  capacity: Capacity;
  /** True if there can be no other worker, so nobody else can do what this one cannot. */
  alone: boolean;
  /** Set if bodies are saved. */
  bodies?: BodyFiles;
  /** Conditions of secrets and disks that have been logged. */
  conditions: Conditions;
  log: Log;
}

/** How long an entry waits before it is tried again, when this worker lacks a secret or cannot write to its disk. */
const LACK_RETRY_MS = 5_000;
/**
 * A chain whose cookies are in another process goes on without them. If that ends with one of these verdicts, the
 * attempt is restarted to get the cookies, as long as the entry has fewer deferrals than this.
 */
const MAX_COOKIE_RESTARTS = 3;
const MAY_NEED_COOKIES: ReadonlySet<Verdict> = new Set(['broken', 'blocked', 'too-many-redirects']);

/** Runs one visit: fetches its entries one after another and settles each. */
export async function visitEntries(visit: Visit, context: VisitContext): Promise<void> {
  const begunMs = performance.now();
  const turns = new Turns();
  const progress: Progress = { begunMs, turns, content: undefined };
  const { map } = visit.options;
  try {
    for (;;) {
      // Pages that cannot be mapped here are not fetched. The pause keeps a worker that is alone from taking the next
      // visit at once.
      if (map !== undefined && context.maps.mustWait(map))
        return await sleep(MAP_AGAIN_MS, undefined, { signal: visit.signal }).catch(() => {});
      const next = visit.next();
      const entry = next instanceof Promise ? await next : next;
      if (entry === undefined) return;
      // By now the engine has taken the links of the previous page, so its memory share can go.
      progress.content?.share?.close();
      progress.content = undefined;
      const ending = await fetchEntry(visit, entry, progress, context);
      const kept = entry.revisit ? withoutRow(ending) : ending;
      visit.settle(entry, kept);
      if (kept.kind === 'outcome') MEASURES.settled.report(kept.outcome.verdict);
      else if (kept.kind === 'retry' && !kept.unfetched) MEASURES.retried.report(undefined);
      if (MEASURES.left.isWanted) MEASURES.left.report(leftEntry(visit, entry, kept));
      // During a shortage the visit's other entries would come back as well. Ending the visit now makes room.
      if (ending.kind === 'back' && context.capacity.isShort) return await context.capacity.pause();
      if (turns.isOver) await turns.pass();
    }
  } finally {
    progress.content?.share?.close();
  }
}

function leftEntry({ options }: Visit, entry: Entry, ending: Ending): LeftEntry {
  const { url, chain, attempts, depth } = entry;
  return {
    kind: ending.kind,
    ...(ending.kind === 'outcome' && { verdict: ending.outcome.verdict }),
    url: chain?.url ?? url,
    method: chain?.method ?? methodOf(entry, options),
    attempts,
    depth,
  };
}

/** A revisited entry already has its row; it was fetched only for its links. */
function withoutRow(ending: Ending): Ending {
  if (ending.kind !== 'outcome') return ending;
  const { outcome: _, ...rest } = ending;
  return { ...rest, kind: 'revisited' };
}

const NO_REQUEST: RequestSpec = {};

type Go = Extract<Permit, { kind: 'go' }>;
/** The permit of entries that robots.txt is not asked about. */
const GO: Go = { kind: 'go', intervalMs: 0 };

interface Progress {
  /** When the visit began, by this process's monotonic clock. */
  begunMs: number;
  turns: Turns;
  /** The content of the last fetched page. It keeps its share of the budget until the page is settled. */
  content: ResponseContent | undefined;
}

async function fetchEntry(visit: Visit, entry: Entry, progress: Progress, context: VisitContext): Promise<Ending> {
  const { fetcher, worker, random, robots, secrets, finder, maps, bodies, alone, conditions, log } = context;
  const { run, options } = visit;
  const { checked } = entry.request ?? NO_REQUEST;
  if (checked !== undefined) return { kind: 'outcome', outcome: checkedOutcome(run, entry, options, checked, visit.nowMs()) };
  if (bodies?.isBroken) return { kind: 'retry', afterMs: LACK_RETRY_MS, entry, unfetched: true };
  const waitMs = visit.nowMs() - entry.acceptedAtMs - (pageChain(entry)?.usedMs ?? 0);
  try {
    const permit = options.robots && !entry.external ? await robots.permit(visit, entry, progress.begunMs) : GO;
    if (permit.kind === 'ending') return permit.ending;
    const trial = options.independent ? 'full' : visit.trial(entry);
    const used = optionsForTrial(trial, options);
    if (permit.kind === 'stopped') return decideEnding(entry, permit.failure, used, { run, worker, nowMs: visit.nowMs(), waitMs, random });
    const secret = secrets.find(run, entry);
    if (entry.chain?.needsSecret && secret.authorization === undefined && mayRestart(entry, options, MAX_DEFERRALS)) return restart(entry);
    const fetching = fetcher.fetch(requestOf(entry, used, { visit, permit, secret, context }), visit.signal);
    const result = await (MEASURES.fetchEnded.isWanted ? measured(fetching) : fetching);
    progress.turns.begin();
    progress.content = result.kind === 'response' ? result.content : undefined;
    if (result.kind === 'moved') secrets.keep(run, entry, result.chain.url, result);
    if (trial === 'briefly' && result.kind === 'failure') {
      result.error.message += `; the origin did not answer ${DOWN_AFTER} times in a row, so this URL was tried only once, for ${used.timeoutMs} ms`;
    }
    const ending = decideEnding(entry, result, used, { run, worker, nowMs: visit.nowMs(), waitMs, random });
    const lacksCookies = entry.chain?.hasCookies && secret.cookies === undefined;
    if (
      lacksCookies &&
      ending.kind === 'outcome' &&
      MAY_NEED_COOKIES.has(ending.outcome.verdict) &&
      mayRestart(entry, options, MAX_COOKIE_RESTARTS)
    ) {
      return restart(entry);
    }
    if (ending.kind === 'outcome' && ending.outcome.ok && result.kind === 'response') {
      if (wantsLinks(entry, options)) addFindings(ending, await finder.find(entry, result, visit));
      else if (wantsAnchors(entry, options)) Object.assign(ending.outcome, await finder.findAnchors(result));
    }
    if (entry.revisit) return ending;
    if (bodies !== undefined) await saveBody(entry, result, ending, visit, { bodies, conditions, log });
    return options.map === undefined ? ending : await mapPage(entry, result, ending, visit, maps);
  } catch (error) {
    if (error instanceof MissingSecretError && alone) {
      return { kind: 'outcome', outcome: unaskableOutcome(run, entry, options, error.message, visit.nowMs()) };
    }
    const { message } = error as Error;
    if (error instanceof MissingSecretError) {
      if (conditions.isNews(message, `secret ${run}`))
        log.error({ event: 'secret-missing', run, origin: entry.origin }, `${message}; its URLs wait for a worker that has it`);
    } else if (error instanceof BodyFileError) {
      if (conditions.isNews(message, 'bodies'))
        log.error({ event: 'body-not-saved', run }, `${message}; its URLs wait and are fetched again`);
    } else throw error;
    return { kind: 'retry', afterMs: LACK_RETRY_MS, entry, unfetched: true };
  }
}

/** Reports the begin and the end of a fetch to metrics and tracing. */
async function measured(fetching: Promise<FetchResult>): Promise<FetchResult> {
  MEASURES.fetchBegan.report(undefined);
  try {
    const result = await fetching;
    MEASURES.fetchEnded.report(result);
    return result;
  } catch (error) {
    MEASURES.fetchEnded.report({ kind: 'aborted' });
    throw error;
  }
}

function addFindings(ending: Extract<Ending, { kind: 'outcome' }>, findings: PageFindings | undefined): void {
  if (findings === undefined) return;
  const { outcome } = ending;
  // Fragments of links in documents come first.
  const fragments = [...(outcome.fragments ?? []), ...(findings.fields.fragments ?? [])];
  ending.found = findings.found;
  Object.assign(outcome, findings.fields, fragments.length > 0 && { fragments });
}

/**
 * True if the attempt may be restarted to get credentials or cookies of its chain that only another process has: the
 * request must be repeatable, and the entry must not have been deferred too often. Otherwise the chain goes on without
 * them.
 */
function mayRestart(entry: Entry, options: RunOptions, maxDeferrals: number): boolean {
  return entry.deferrals < maxDeferrals && isRepeatable(entry, options);
}

function restart(entry: Entry): Ending {
  return { kind: 'moved', entry: { ...again(entry, { latencyMs: entry.chain?.usedMs ?? 0 }), deferrals: entry.deferrals + 1 } };
}

interface Saving {
  bodies: BodyFiles;
  conditions: Conditions;
  log: Log;
}

/** Saves the body of the response that is the entry's outcome, and puts the file's name into the outcome. */
async function saveBody(
  entry: Entry,
  result: FetchResult,
  ending: Ending,
  visit: Visit,
  { bodies, conditions, log }: Saving,
): Promise<void> {
  if (ending.kind !== 'outcome' || result.kind !== 'response' || !result.content?.body.length) return;
  try {
    ending.outcome.bodyFile = await bodies.save(visit.run, entry.key, result.content.body, result.contentType);
    conditions.end('bodies');
  } catch (error) {
    if (!(error instanceof BodyFileError) || isRepeatable(entry, visit.options)) throw error;
    log.error(
      { event: 'body-not-saved', run: visit.run, origin: entry.origin },
      `${error.message}; the body of ${ending.outcome.url} is lost, because its request must not be sent twice`,
    );
  }
}

/** With `--fragments`: true if a link points at a fragment of the entry's page, or may do so. */
function wantsAnchors({ request, external }: Entry, { fragments }: RunOptions): boolean {
  return request?.fragments !== undefined || (fragments && external === true);
}

/**
 * The request for an entry: the run's options, overridden by the entry's record. One object literal, because spreading
 * parts into it would cost a fifth of the processor time of a URL.
 */
function requestOf(
  entry: Entry,
  options: RunOptions,
  { visit, permit, secret, context }: { visit: Visit; permit: Go; secret: ChainSecret; context: VisitContext },
): FetchRequest {
  const { url, request, chain, origin } = entry;
  const intervalMs = Math.max(options.hostIntervalMs, permit.intervalMs);
  const keepsAll = context.bodies !== undefined || options.map !== undefined || request?.contains !== undefined;
  return {
    url,
    method: methodOf(entry, options),
    body: request?.body,
    headers: request?.headers,
    options,
    repeatable: mayRepeatNext(entry, options),
    keepContent: keepsAll || (wantsLinks(entry, options) || wantsAnchors(entry, options) ? isLinking : false),
    budget: context.budget,
    chain,
    authorization: secret.authorization,
    cookies: secret.cookies,
    timeLeftMs: chain && Math.min(options.timeoutMs, visit.options.timeoutMs - chain.usedMs),
    // Politeness counts every request. A redirect to another origin waits for its turn there; one within this origin
    // waits if the visit may not make another request now.
    judgeRedirect: (to, isSameOrigin) => {
      if (!isSameOrigin) return 'move';
      return permit.refusal?.(to) ?? (intervalMs > 0 || visit.isHeld(origin) ? 'move' : 'follow');
    },
    namedHost: namedHostOf(entry),
    linkedHost: linkedHostOf(entry),
    // `robots`: the engine may hold the origin for a robots.txt interval that does not apply to this entry (another
    // user agent, or an external link). `started` ends that turn too.
    onSent: intervalMs > 0 || options.robots ? () => visit.started(entry, intervalMs) : undefined,
  };
}

const REDUCED_TRIALS = new WeakMap<RunOptions, Readonly<Record<Trial, RunOptions>>>();

/**
 * The run's options adapted to the trial. Returns the same object each time, because the fetcher caches by options
 * object.
 */
function optionsForTrial(trial: Trial, options: RunOptions): RunOptions {
  if (trial === 'full') return options;
  let trials = REDUCED_TRIALS.get(options);
  if (trials === undefined) {
    const timeoutMs = Math.min(options.timeoutMs, options.connectTimeoutMs, DOWN_TIMEOUT_MS);
    const once = { ...options, retries: 0 };
    trials = { full: options, once, briefly: { ...once, timeoutMs, connectTimeoutMs: timeoutMs } };
    REDUCED_TRIALS.set(options, trials);
  }
  return trials[trial];
}
