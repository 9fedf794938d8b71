import type { Ending } from '../engine/ending.ts';
import type { RedisEngineSpec } from '../engine/engine-spec.ts';
import type { KnownRobots, RobotsAnswer } from '../engine/visit.ts';
import { ChainCookies, type WrittenCookies } from '../fetch/chain-cookies.ts';
import type { Entry } from '../model/entry.ts';
import type { OutcomeLine } from '../model/lines/outcome-line.ts';
import type { LogFields } from '../model/log.ts';
import type { RunId } from '../model/run-id.ts';
import type { RunOptions } from '../model/run-options.ts';
import type { TracerSettings } from '../model/tracing.ts';
import type { Trial } from '../model/unreachable-origin.ts';
import type { Verdict } from '../model/verdict.ts';
import type { ChainSecret, ChainSecrets } from '../worker/chain-secrets.ts';
import type { WorkerOptions } from '../worker/work.ts';
import type { PackedLinks } from './packed-links.ts';

/**
 * What a child process does: with `redis`, it is a worker on that Redis; without, it fetches the entries of visits that
 * are lent to it. The worker's name is chosen in the process.
 */
export interface ChildJob {
  options: Omit<WorkerOptions, 'worker' | 'clock' | 'resolveHost' | 'shortages'>;
  redis?: RedisEngineSpec;
  /** True if it must count what it does, and report that about once a second. */
  isMetered?: true;
  /** Set if it must trace. */
  tracing?: TracerSettings;
}

/** Messages from the parent to a child. All messages of one turn of the event loop are sent as one array. */
export type ToChild =
  | { kind: 'begin'; job: ChildJob }
  /** Accept nothing new, finish, and exit. */
  | { kind: 'stop' }
  /**
   * Visits of this run will be lent. Their entries' times are by a clock that shows `nowMs` when the machine's
   * monotonic clock shows `monotonicMs`.
   */
  | { kind: 'run'; run: RunId; options: RunOptions; nowMs: number; monotonicMs: number }
  /** A visit, with its first entries. */
  | { kind: 'lend'; visit: number; run: RunId; lent: LentEntry[] }
  /** The visit's next entries; if there are none, the visit is over. `isFull`: the run skips links because of a limit. */
  | { kind: 'next'; visit: number; lent: LentEntry[]; isFull?: true }
  /** Give back the entries of the origin that were not begun: it asked for a pause. */
  | { kind: 'recall'; origin: string }
  | { kind: 'robots'; visit: number; answer: RobotsAnswer }
  /** Abort the fetches of all visits. */
  | { kind: 'abort-fetches' };

/** An entry, with what the engine knows about it now. */
export interface LentEntry {
  entry: Entry;
  /** Absent for `full`. */
  trial?: Trial;
  /** No other request to the entry's origin may be made now. */
  isHeld?: true;
  secret?: WrittenSecret;
}

/** A secret of a redirect chain, in a message between processes of one machine. */
export interface WrittenSecret {
  authorization?: string;
  cookies?: WrittenCookies;
}

/** Messages from a child to its parent. */
export type FromChild =
  | { kind: 'ready' }
  | { kind: 'log'; level: 'debug' | 'info' | 'warn' | 'error'; fields: LogFields; message: string }
  /** It cannot do its job, and exits. */
  | { kind: 'failed'; error: WrittenError }
  /** Its counters so far, for `/metrics`. */
  | { kind: 'metrics'; metrics: unknown[] }
  /** How many visits it has room for. */
  | { kind: 'room'; visits: number }
  /** The visit's first entry is settled. `sent`: a request for it was made, and no `started` message was sent for that. */
  | { kind: 'settle'; visit: number; ending: WrittenEnding; sent?: true; secret?: WrittenSecret }
  /** All entries of the visit are settled, and it asks for more. */
  | { kind: 'want'; visit: number }
  /** The visit has not begun its last `count` entries, and gives them back. */
  | { kind: 'return'; visit: number; count: number }
  /** The visit is over. Its entries that are not settled go back. */
  | { kind: 'leave'; visit: number }
  /** The visit failed because of a bug of ours. */
  | { kind: 'broken'; visit: number; error: WrittenError }
  /** A request for the visit's entry was made. */
  | { kind: 'started'; visit: number; intervalMs: number }
  | { kind: 'ask-robots'; visit: number; origin: string; stale?: string }
  | { kind: 'keep-robots'; visit: number; origin: string; robots: KnownRobots };

/** An `Ending` in a message: of the outcome there is the formatted line and the verdict, and the links are packed. */
export type WrittenEnding =
  | (Omit<Extract<Ending, { kind: 'outcome' }>, 'outcome' | 'line' | 'found'> & {
      outcome: { verdict: Verdict };
      line: OutcomeLine;
      found?: PackedLinks;
    })
  | (Omit<Extract<Ending, { kind: 'revisited' }>, 'found'> & { found?: PackedLinks })
  | Exclude<Ending, { kind: 'outcome' | 'revisited' }>;

/** An error in a message. Its name and code decide how it is handled. */
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

/**
 * The secret that this process has for the next request of an entry with a redirect chain; undefined if there is none.
 */
export function secretOf(secrets: ChainSecrets, run: RunId, entry: Entry): WrittenSecret | undefined {
  const { authorization, cookies } = secrets.find(run, entry);
  if (authorization === undefined && cookies === undefined) return undefined;
  return { ...(authorization !== undefined && { authorization }), ...(cookies !== undefined && { cookies: cookies.write() }) };
}

export function readSecret({ authorization, cookies }: WrittenSecret): ChainSecret {
  return { authorization, cookies: cookies && new ChainCookies(cookies) };
}
