import type { Entry } from '../core/entry.ts';
import type { Log } from '../core/log.ts';
import { namedHostOf } from '../core/named-host.ts';
import type { PageBudget } from '../core/page-budget.ts';
import { isRepeatable, methodOf, type RequestSpec } from '../core/request-spec.ts';
import type { RunOptions } from '../core/run-options.ts';
import { checkedOutcome, unaskableOutcome } from '../core/unfetched-outcome.ts';
import { DOWN_AFTER, DOWN_TIMEOUT_MS, type Trial } from '../core/unreachable-origin.ts';
import type { Ending, Visit } from '../engine/engine.ts';
import type { FetchRequest } from '../fetch/fetch-request.ts';
import type { FetchResult, ResponseContent } from '../fetch/fetch-result.ts';
import { type Fetcher, MissingSecretError } from '../fetch/fetcher.ts';
import { isLinking } from '../links/is-linking.ts';
import { BodyFileError, type BodyFiles } from './body-files.ts';
import { decideEnding } from './decide-ending.ts';
import { type LinkFinder, type PageFindings, wantsLinks } from './find-links.ts';
import { mapPage } from './map-page.ts';
import type { Permit, RobotsGate } from './robots-gate.ts';
import type { RunMaps } from './run-maps.ts';
import { Turns } from './turns.ts';

export interface VisitContext {
  fetcher: Fetcher;
  worker: string;
  random: () => number;
  robots: RobotsGate;
  finder: LinkFinder;
  /** What large pages take their memory from, until they are settled. */
  budget: PageBudget;
  maps: RunMaps;
  /** No other worker can come: what this one lacks, the run does without. */
  alone: boolean;
  /** Where bodies are saved, if they are. */
  bodies?: BodyFiles;
  log: Log;
}

/** How long an entry waits for a worker that has what this one lacks: a secret, room on its disk. */
const REMEDY_WAIT_MS = 5_000;

/** One visit: its entries are fetched one after another, and each is settled. */
export async function visitEntries(visit: Visit, context: VisitContext): Promise<void> {
  const begunMs = performance.now();
  const turns = new Turns();
  const progress: Progress = { begunMs, turns, content: undefined };
  try {
    for (let entry = await visit.next(); entry !== undefined; entry = await visit.next()) {
      // The engine has the links of the page before by now.
      progress.content?.share?.close();
      progress.content = undefined;
      const ending = await fetchEntry(visit, entry, progress, context);
      visit.settle(entry, entry.revisit ? withoutRow(ending) : ending);
      await turns.pass();
    }
  } finally {
    progress.content?.share?.close();
  }
}

/** It has its row: this was for its links. */
function withoutRow(ending: Ending): Ending {
  if (ending.kind !== 'outcome') return ending;
  const { outcome: _, ...rest } = ending;
  return { ...rest, kind: 'revisited' };
}

const NO_REQUEST: RequestSpec = {};

type Go = Extract<Permit, { kind: 'go' }>;
/** Without a robots.txt to be asked for. */
const GO: Go = { kind: 'go', intervalMs: 0 };

interface Progress {
  /** When the visit began, by this process's monotonic clock. */
  begunMs: number;
  turns: Turns;
  /** Of the page that was fetched last: it has its share of the budget until the page is settled. */
  content: ResponseContent | undefined;
}

async function fetchEntry(visit: Visit, entry: Entry, progress: Progress, context: VisitContext): Promise<Ending> {
  const { fetcher, worker, random, robots, finder, maps, bodies, alone, log, budget } = context;
  const { run, options } = visit;
  const { checked, fragments } = entry.request ?? NO_REQUEST;
  if (checked !== undefined) return { kind: 'outcome', outcome: checkedOutcome(run, entry, options, checked, visit.nowMs()) };
  if (bodies?.isBroken) return { kind: 'retry', afterMs: REMEDY_WAIT_MS, entry, unfetched: true };
  const waitMs = visit.nowMs() - entry.acceptedAtMs;
  try {
    const permit = options.robots && !entry.external ? await robots.permit(visit, entry, progress.begunMs) : GO;
    if (permit.kind === 'ending') return permit.ending;
    const trial = options.independent ? 'full' : visit.trial(entry);
    const used = triedAs(trial, options);
    const result = await fetcher.fetch(requestOf(entry, used, visit, permit, budget, bodies !== undefined), visit.signal);
    progress.turns.begin();
    progress.content = result.kind === 'response' ? result.content : undefined;
    if (trial === 'briefly' && result.kind === 'failure') {
      result.error.message += `; the origin had not answered ${DOWN_AFTER} times in a row, so this was tried once, for ${used.timeoutMs} ms`;
    }
    const ending = decideEnding(entry, result, used, { run, worker, nowMs: visit.nowMs(), waitMs, random });
    if (ending.kind === 'outcome' && ending.outcome.ok && result.kind === 'response') {
      if (wantsLinks(entry, options)) addFindings(ending, await finder.find(entry, result, visit));
      else if (fragments !== undefined) Object.assign(ending.outcome, await finder.findAnchors(result));
    }
    if (entry.revisit) return ending;
    if (bodies !== undefined) await saveBody(entry, result, ending, visit, { bodies, log });
    return options.map === undefined ? ending : await mapPage(entry, result, ending, visit, maps);
  } catch (error) {
    if (error instanceof MissingSecretError && alone) {
      return { kind: 'outcome', outcome: unaskableOutcome(run, entry, options, error.message, visit.nowMs()) };
    }
    if (error instanceof MissingSecretError) log.error({ run }, `${error.message}; its URLs wait for a worker that has it`);
    else if (error instanceof BodyFileError) log.error({ run }, `${error.message}; its URLs wait, and are fetched again`);
    else throw error;
    return { kind: 'retry', afterMs: REMEDY_WAIT_MS, entry, unfetched: true };
  }
}

function addFindings(ending: Extract<Ending, { kind: 'outcome' }>, findings: PageFindings | undefined): void {
  if (findings === undefined) return;
  const { outcome } = ending;
  // Those that documents have to the page come first.
  const fragments = [...(outcome.fragments ?? []), ...(findings.told.fragments ?? [])];
  ending.found = findings.found;
  Object.assign(outcome, findings.told, fragments.length > 0 && { fragments });
}

interface Saving {
  bodies: BodyFiles;
  log: Log;
}

/** The body of the answer that is an entry's outcome goes into a file, which the outcome then names. */
async function saveBody(entry: Entry, result: FetchResult, ending: Ending, visit: Visit, { bodies, log }: Saving): Promise<void> {
  if (ending.kind !== 'outcome' || result.kind !== 'response' || !result.content?.body.length) return;
  try {
    ending.outcome.bodyFile = await bodies.save(visit.run, entry.key, result.content.body, result.contentType);
  } catch (error) {
    if (!(error instanceof BodyFileError) || isRepeatable(entry, visit.options)) throw error;
    log.error({ run: visit.run }, `${error.message}; the body of ${ending.outcome.url} is lost, for its request must not be sent twice`);
  }
}

/** What is asked for: what the run's options say, and over it the entry's record. One literal: spreading parts into it would cost a fifth of all that a URL costs. */
function requestOf(entry: Entry, options: RunOptions, visit: Visit, permit: Go, budget: PageBudget, savesBodies: boolean): FetchRequest {
  const { url, request } = entry;
  const intervalMs = Math.max(options.hostIntervalMs, permit.intervalMs);
  const keepsAll = savesBodies || options.map !== undefined || request?.contains !== undefined;
  return {
    url,
    method: methodOf(entry, options),
    body: request?.body,
    headers: request?.headers,
    options,
    repeatable: isRepeatable(entry, options),
    keepContent: keepsAll || (wantsLinks(entry, options) || request?.fragments !== undefined ? isLinking : false),
    budget,
    refuseRedirect: permit.refuseRedirect,
    namedHost: namedHostOf(entry),
    onSent: intervalMs > 0 ? () => visit.started(entry, intervalMs) : undefined,
  };
}

const LESSER_TRIALS = new WeakMap<RunOptions, Readonly<Record<Trial, RunOptions>>>();

/** The run's options for such a trial; the same object each time, as the fetcher wants it. */
function triedAs(trial: Trial, options: RunOptions): RunOptions {
  if (trial === 'full') return options;
  let trials = LESSER_TRIALS.get(options);
  if (trials === undefined) {
    const timeoutMs = Math.min(options.timeoutMs, options.connectTimeoutMs, DOWN_TIMEOUT_MS);
    const once = { ...options, retries: 0 };
    trials = { full: options, once, briefly: { ...once, timeoutMs, connectTimeoutMs: timeoutMs } };
    LESSER_TRIALS.set(options, trials);
  }
  return trials[trial];
}
