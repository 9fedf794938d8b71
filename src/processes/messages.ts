import type { Ending, KnownRobots, RobotsAnswer } from '../engine/engine.ts';
import type { RedisEngineSpec } from '../engine/engine-spec.ts';
import { ChainCookies, type WrittenCookies } from '../fetch/chain-cookies.ts';
import type { Entry } from '../model/entry.ts';
import type { OutcomeLine } from '../model/lines/outcome-line.ts';
import type { RunId } from '../model/run-id.ts';
import type { RunOptions } from '../model/run-options.ts';
import type { Trial } from '../model/unreachable-origin.ts';
import type { Verdict } from '../model/verdict.ts';
import type { ChainSecret, ChainSecrets } from '../worker/chain-secrets.ts';
import type { WorkerOptions } from '../worker/work.ts';
import type { PackedLinks } from './packed-links.ts';

/** What a process is to do: work on a Redis by itself, or fetch the entries of visits that are lent to it. Its worker's name is made in the process. */
export interface ChildJob {
  options: Omit<WorkerOptions, 'worker' | 'clock' | 'resolveHost' | 'shortages'>;
  redis?: RedisEngineSpec;
  /** It counts what it does, and tells about once a second. */
  isMetered?: true;
}

/** What the process that began it tells a process. Those of one turn of the event loop go together. */
export type ToChild =
  | { kind: 'begin'; job: ChildJob }
  /** Take nothing new, finish, and end. */
  | { kind: 'stop' }
  /** Visits of this run will be lent. Its entries were accepted by a clock that shows `nowMs` when the machine's monotonic clock shows `monotonicMs`. */
  | { kind: 'run'; run: RunId; options: RunOptions; nowMs: number; monotonicMs: number }
  /** A visit, with its first entry. */
  | { kind: 'lend'; visit: number; run: RunId; lent: LentEntry }
  /** The visit's next entry; without one, the visit is over. `isFull`: a limit of the run leaves links out. */
  | { kind: 'next'; visit: number; lent?: LentEntry; isFull?: true }
  | { kind: 'robots'; visit: number; answer: RobotsAnswer }
  /** The fetches of all visits are to be broken off. */
  | { kind: 'break-off' };

/** An entry, and what the engine says of it now. */
export interface LentEntry {
  entry: Entry;
  /** Absent: full. */
  trial?: Trial;
  /** The entry's origin is not to be asked for anything else now. */
  isHeld?: true;
  secret?: WrittenSecret;
}

/** A secret of a redirect, on its way between processes of one machine. */
export interface WrittenSecret {
  authorization?: string;
  cookies?: WrittenCookies;
}

/** What a process tells the one that began it. */
export type FromChild =
  | { kind: 'ready' }
  | { kind: 'log'; level: 'debug' | 'info' | 'warn' | 'error'; fields: object; message: string }
  /** It cannot do what it was begun for, and ends. */
  | { kind: 'failed'; error: WrittenError }
  /** What it has counted so far, for `/metrics`. */
  | { kind: 'metrics'; metrics: unknown[] }
  /** Visits for which it has room. */
  | { kind: 'room'; visits: number }
  /** The entry in hand is settled. `sent`: a request for it went out that was not told of. */
  | { kind: 'settle'; visit: number; ending: WrittenEnding; sent?: true; secret?: WrittenSecret }
  /** The visit wants its next entry. */
  | { kind: 'want'; visit: number }
  /** The visit is over. An entry in hand goes back. */
  | { kind: 'leave'; visit: number }
  /** The visit failed by a fault of ours. */
  | { kind: 'broken'; visit: number; error: WrittenError }
  /** A request for the entry in hand went out. */
  | { kind: 'started'; visit: number; intervalMs: number }
  | { kind: 'ask-robots'; visit: number; origin: string; stale?: string }
  | { kind: 'keep-robots'; visit: number; origin: string; robots: KnownRobots };

/** As `Ending`, with the outcome and the links as text. */
export type WrittenEnding =
  | (Omit<Extract<Ending, { kind: 'outcome' }>, 'outcome' | 'line' | 'found'> & {
      verdict: Verdict;
      line: OutcomeLine;
      found?: PackedLinks;
    })
  | (Omit<Extract<Ending, { kind: 'revisited' }>, 'found'> & { found?: PackedLinks })
  | Exclude<Ending, { kind: 'outcome' | 'revisited' }>;

/** An error on its way between processes: its name and code say what is to be done about it. */
interface WrittenError {
  name: string;
  message: string;
  code?: string;
  stack?: string;
}

export function writeError(error: unknown): WrittenError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  return { name, message, ...('code' in error && { code: String(error.code) }), ...(stack !== undefined && { stack }) };
}

export function readError({ name, message, code, stack }: WrittenError): Error {
  const error = new Error(message);
  return Object.assign(error, { name, ...(code !== undefined && { code }), ...(stack !== undefined && { stack }) });
}

/** What this process knows for the next request of an entry that redirects have led on; undefined if there is nothing. */
export function secretOf(secrets: ChainSecrets, run: RunId, entry: Entry): WrittenSecret | undefined {
  const { authorization, cookies } = secrets.find(run, entry);
  if (authorization === undefined && cookies === undefined) return undefined;
  return { ...(authorization !== undefined && { authorization }), ...(cookies !== undefined && { cookies: cookies.write() }) };
}

export function readSecret({ authorization, cookies }: WrittenSecret): ChainSecret {
  return { authorization, cookies: cookies && new ChainCookies(cookies) };
}
