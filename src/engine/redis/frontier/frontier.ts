import type { Redis } from 'ioredis';
import type { Entry } from '../../../model/entry.ts';
import { ConflictError, RunClaimedError, UnknownRunError } from '../../../model/errors.ts';
import { checksUnfollowed } from '../../../model/link-options.ts';
import { MEASURES } from '../../../model/measures.ts';
import type { RunId } from '../../../model/run-id.ts';
import type { RunOptions } from '../../../model/run-options.ts';
import type { Trial } from '../../../model/unreachable-origin.ts';
import { CLAIM_MS, COLLECTOR_TTL_MS, type Collector, type RunCounts } from '../../engine.ts';
import type { LoggedRows } from '../../rules/logged-rows.ts';
import type { Keys } from '../keys.ts';
import { loadLua } from './scripts/load-lua.ts';
import { type OriginReport, packEntry, type SettleMove, settleArguments, unpackEntry } from './wire-format.ts';

/** What is ready in a run, and when something will be. */
export interface Outlook {
  /** Redis's clock when it was so. */
  nowMs: number;
  /** Origins that may be visited now. */
  ready: number;
  /** The next time at which something is ready or due; Infinity when nothing waits for a time. */
  nextMs: number;
}

export interface Checkout extends Outlook {
  /** `suspect`: one entry, of which two workers may have died. */
  kind: 'taken' | 'suspect' | 'cancelled' | 'paused' | 'full' | 'gone';
  entries: Entry[];
  /** Tickets to queue, for idle slots. */
  wake: number[];
  /** Other runs that may go on with an origin. */
  offered: RunId[];
  /** Origins of the entries whose entries are to be tried less than the run says. */
  trials: ReadonlyMap<string, Trial>;
  /** Until when the first entry's origin is held by its interval; 0 if it has none. */
  turnUntilMs: number;
}

export interface Settled extends Outlook {
  /** The ticket belongs to another visit by now: nothing was settled. */
  fenced: boolean;
  /** Entries that the ticket still holds. */
  held: number;
  /** Other runs whose backlog of a freed origin may go on. */
  offered: RunId[];
  /** The parts of a page were pushed as from a greater depth than it has by now: nothing was settled, and they are to come again. */
  isNearer: boolean;
  /** Of a page's part: the depth of the page, and how many links were left out, by the reason. */
  part?: { depth: number; leftOut: Record<string, number> };
}

interface Survey {
  /** Visit slots of all live workers. */
  slots: number;
  /** The open runs, for the one worker that is the janitor just now. */
  runs: Array<{ run: RunId; outlook: Outlook; wake: number[]; held: number[]; stored: boolean }>;
  /** Runs that were just found to have ended. */
  ended: RunId[];
  /** Runs that ended a day ago and are collected. */
  expired: RunId[];
}

/** An origin for which another number of visits was counted than hold it. */
interface Recounted {
  origin: string;
  counted: number;
  holding: number;
}

interface CheckoutLimits {
  room: number;
  mostOrigins: number;
  tickets: number;
  budgetMs: number;
  maxUnreleased: number;
}

/** About as long as it takes from queueing a ticket to its checkout. */
export const WAKE_LEAD_MS = 10;

const SCRIPTS = {
  trawlOpen: loadLua('open'),
  trawlSeal: loadLua('seal'),
  trawlCounts: loadLua('counts'),
  trawlBound: loadLua('bound'),
  trawlSteer: loadLua('steer'),
  trawlRemove: loadLua('remove'),
  trawlStore: loadLua('store'),
  trawlPush: loadLua('push'),
  trawlCheckout: loadLua('checkout'),
  trawlSettle: loadLua('settle'),
  trawlStrike: loadLua('strike'),
  trawlSend: loadLua('send'),
  trawlTouch: loadLua('touch'),
  trawlPassTurn: loadLua('pass-turn'),
  trawlRestore: loadLua('restore'),
  trawlClaim: loadLua('claim'),
  trawlRelease: loadLua('release'),
  trawlSurvey: loadLua('survey'),
  trawlWake: loadLua('wake'),
  trawlUncollected: loadLua('uncollected'),
  trawlRecount: loadLua('recount'),
  trawlAttend: loadLua('attend'),
} as const;

/** The names of the scripts in metrics, such as `pass_turn`. */
const SCRIPT_LABELS = Object.fromEntries(
  Object.keys(SCRIPTS).map((name) => [
    name,
    name
      .slice('trawl'.length)
      .replaceAll(/(?<=.)[A-Z]/g, '_$&')
      .toLowerCase(),
  ]),
) as Record<ScriptName, string>;

/** So many workers may die of an entry that they fetch under suspicion. The two deaths that brought it there are not counted: they may have been of another. */
export const MOST_STRIKES = 3;
/** Keys of one kind that are removed in one script, so that Redis is never held up for long. */
const REMOVE_STEP = 1_000;
/** Runs that are looked at in one script. */
const LOOK_STEP = 500;
/** Rows that are restored in one script. */
const RESTORE_STEP = 1_000;
/** An ended run that was collected is kept for so long. */
const ENDED_KEPT_MS = 24 * 3_600_000;
/** So long a removed run's id stays unusable: batches of it may still be queued. */
const TOMBSTONE_MS = 24 * 3_600_000;

/** What the names of those counts begin with that tell of links that were left out. */
const LEFT = 'left:';

type ScriptName = keyof typeof SCRIPTS;
type Scripted = Record<ScriptName, (...args: Array<string | number | Buffer>) => Promise<unknown>>;

/** The scripts of the frontier as functions. Each may be repeated: whoever calls may not have seen the reply of the first time. */
export class Frontier {
  readonly #redis: Redis;
  readonly #scripts: Scripted;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    for (const [name, lua] of Object.entries(SCRIPTS)) redis.defineCommand(name, { numberOfKeys: 1, lua });
    this.#redis = redis;
    this.#scripts = redis as unknown as Scripted;
    this.#keys = keys;
  }

  /** Redis knows the scripts, and takes them. */
  async load(): Promise<void> {
    await Promise.all(Object.values(SCRIPTS).map((lua) => this.#redis.script('LOAD', lua)));
  }

  /** The run exists. One that existed keeps its options. */
  async open(run: RunId, options: RunOptions): Promise<void> {
    const { depth, maxUrls = -1, maxUrlsPerHost } = options;
    const links = `${depth} ${maxUrls} ${maxUrlsPerHost}${checksUnfollowed(options) ? ' external' : ''}`;
    await this.#call('trawlOpen', run, [run, JSON.stringify(options), depth > 0 ? links : '']);
  }

  async seal(run: RunId, batches: number | '' = ''): Promise<void> {
    await this.#call(
      'trawlSeal',
      run,
      [run, batches],
      `run ${run} cannot be sealed at ${batches} batches: it is sealed at another number, or has more`,
    );
  }

  async steer(run: RunId, to: 'pause' | 'resume' | 'cancel'): Promise<void> {
    await this.#call('trawlSteer', run, [run, to]);
  }

  /** Nothing of the run is left. Gives other runs that may go on with an origin that it held. */
  async remove(run: RunId): Promise<RunId[]> {
    await this.forgetSeen(run);
    const offered: RunId[] = [];
    for (let more = 1; more === 1; ) {
      const reply = (await this.#call('trawlRemove', run, [run, REMOVE_STEP, TOMBSTONE_MS])) as [number, RunId[]];
      more = reply[0];
      offered.push(...reply[1]);
    }
    // Until the run was unknown, batches may have been pushed.
    await this.forgetSeen(run);
    return offered;
  }

  /** The batch waits until it is pushed. Rejects with ConflictError if its number was used with other lines. */
  async store(run: RunId, batch: number, digest: string, content: Buffer): Promise<void> {
    await this.#call(
      'trawlStore',
      run,
      [run, batch, digest, content],
      `batch ${batch} of run ${run} was submitted before with other lines`,
    );
  }

  /** The first batch that is stored, or undefined if none is. */
  async nextStored(run: RunId): Promise<{ batch: number; content: Buffer } | undefined> {
    const [batch] = await this.#redis.zrange(this.#keys.run(run, 'storedOrder'), 0, 0);
    if (batch === undefined) return undefined;
    const content = await this.#redis.hgetBuffer(this.#keys.run(run, 'stored'), batch);
    // Pushed meanwhile.
    return content === null ? this.nextStored(run) : { batch: Number(batch), content };
  }

  /** A stored batch that cannot be pushed is stored no longer: what stays would take a part of its producer's room for ever. */
  async skipStored(run: RunId, batch: number): Promise<void> {
    const stored = this.#keys.run(run, 'stored');
    const bytes = await this.#redis.hstrlen(stored, String(batch));
    await this.#redis.zrem(this.#keys.run(run, 'storedOrder'), batch);
    // Another worker may do the same: who removes it counts it out.
    if ((await this.#redis.hdel(stored, String(batch))) === 1)
      await this.#redis.hincrby(this.#keys.run(run, 'counts'), 'storedBytes', -bytes);
  }

  /** The batch is counted once. Rejects with ConflictError if its number was used with other lines or comes after the seal. */
  async push(run: RunId, batch: number, digest: string, entries: readonly Entry[], invalidLines: readonly string[]): Promise<Outlook> {
    const args: Array<string | number> = [run, batch, digest, invalidLines.length, invalidLines.join('\n')];
    for (const entry of entries) args.push(entry.origin, entry.external ? `x${entry.key}` : entry.key, packEntry(entry));
    const conflict = `batch ${batch} of run ${run} was submitted before with other lines, or after the run was sealed`;
    const [nowMs, ready, next] = (await this.#call('trawlPush', run, args, conflict)) as [number, number, string];
    return outlook(nowMs, ready, next);
  }

  async checkout(run: RunId, ticket: number, token: string, options: RunOptions, limits: CheckoutLimits): Promise<Checkout> {
    const { room, mostOrigins, tickets, budgetMs, maxUnreleased } = limits;
    const { hostConcurrency, hostIntervalMs, robots } = options;
    const obeys = robots ? 1 : 0;
    const args = [run, ticket, token, room, mostOrigins, tickets, hostConcurrency, hostIntervalMs, obeys, budgetMs, maxUnreleased];
    const reply = await this.#call('trawlCheckout', run, args);
    type Reply = [number, Checkout['kind'], string[], number, string, number[], RunId[], [string[], string[]]?, number?];
    const [nowMs, kind, held, ready, next, wake, offered, [down, asking] = [[], []], turnUntilMs = 0] = reply as Reply;
    const trials = new Map<string, Trial>([
      ...asking.map((origin) => [origin, 'once'] as const),
      ...down.map((origin) => [origin, 'briefly'] as const),
    ]);
    return { kind, entries: heldEntries(held), wake, offered, trials, turnUntilMs, ...outlook(nowMs, ready, next) };
  }

  /** Says that a suspect is about to be fetched. `crashed`: it is not to be, it has had its strikes. `fenced`: the visit is lost. */
  async strike(run: RunId, ticket: number, token: string, key: string, spacingMs: number): Promise<'fetch' | 'crashed' | 'fenced'> {
    const reply = await this.#call('trawlStrike', run, [run, ticket, token, key, MOST_STRIKES, spacingMs]);
    return reply as 'fetch' | 'crashed' | 'fenced';
  }

  /** Says that a request goes out that must not be sent twice. `sent`: it may have been, by an earlier visit. `fenced`: the visit is lost. */
  async send(run: RunId, ticket: number, token: string, key: string): Promise<'send' | 'sent' | 'fenced'> {
    const reply = await this.#call('trawlSend', run, [run, ticket, token, key]);
    return reply as 'send' | 'sent' | 'fenced';
  }

  /** A request to the origin goes out now: the interval to the next one counts from here. */
  async touch(run: RunId, ticket: number, token: string, origin: string, intervalMs: number): Promise<Outlook> {
    const reply = await this.#call('trawlTouch', run, [run, ticket, token, origin, intervalMs]);
    const [nowMs, ready, next] = reply as [number, number, string];
    return outlook(nowMs, ready, next);
  }

  /** No request goes out for the entry that the visit took of an origin with an interval: the next one may come at once. */
  async passTurn(run: RunId, ticket: number, token: string, origin: string, turnUntilMs: number): Promise<void> {
    await this.#call('trawlPassTurn', run, [run, ticket, token, origin, turnUntilMs]);
  }

  async settle(
    run: RunId,
    ticket: number,
    token: string,
    hostConcurrency: number,
    reports: readonly OriginReport[],
    moves: readonly SettleMove[],
  ): Promise<Settled> {
    const reply = await this.#call('trawlSettle', run, settleArguments(run, ticket, token, hostConcurrency, reports, moves));
    type Reply = [number, number, number, string, number?, RunId[]?, [number?, ...Array<string | number>]?];
    const [status, nowMs, ready, next, held = 0, offered = [], [depth, ...reasons] = []] = reply as Reply;
    const settled: Settled = { fenced: status === -1, isNearer: status === 2, held, offered, ...outlook(nowMs, ready, next) };
    if (depth !== undefined) settled.part = { depth, leftOut: Object.fromEntries(numbers(reasons)) };
    return settled;
  }

  /** These have a row in the collector's log: none of them will be fetched. */
  async restore(run: RunId, rows: LoggedRows): Promise<void> {
    let marks: string[] = [];
    const send = async () => {
      await this.#call('trawlRestore', run, [run, marks.join('')]);
      marks = [];
    };
    for (const [key, name, leadsOn] of rows.rows()) {
      const letter = name.charAt(0);
      marks.push(key + (leadsOn ? letter.toUpperCase() : letter));
      if (marks.length === RESTORE_STEP) await send();
    }
    await send();
  }

  async claim(run: RunId, collector: Collector, as: 'fresh' | 'renew' | 'leave'): Promise<'first' | 'again'> {
    const reply = await this.#call('trawlClaim', run, [run, collector.id, collector.folder, CLAIM_MS, as]);
    const [status, holder] = reply as ['first' | 'again' | 'held' | 'elsewhere' | 'lapsed', string];
    if (status === 'held') throw new RunClaimedError(`run ${run} is being collected by ${holder}`);
    if (status === 'lapsed') throw new RunClaimedError(`run ${run} was collected by ${holder} after the claim of ${collector.id} expired`);
    if (status === 'elsewhere')
      throw new RunClaimedError(`the log of run ${run} is in another folder (${holder}); collect it there`, 'elsewhere');
    return status;
  }

  async release(run: RunId, streamId: string, collector: Collector): Promise<void> {
    const released = await this.#call('trawlRelease', run, [run, collector.id, streamId, idAfter(streamId)]);
    if (released === 0) throw new RunClaimedError(`another collector has taken over run ${run}`);
  }

  /** A collector is alive and has so many runs, or leaves. Gives the number of live ones. */
  async attend(collector: string, runs: number | undefined): Promise<number> {
    return (await this.#run('trawlAttend', [collector, runs ?? '', COLLECTOR_TTL_MS])) as number;
  }

  /** Those of the runs that have outcomes which no collector released, then those without that have ended. Without those that another collector than this one has. */
  async uncollected(runs: readonly RunId[], collector = ''): Promise<RunId[]> {
    const [settled, ended]: [RunId[], RunId[]] = [[], []];
    for (let from = 0; from < runs.length; from += LOOK_STEP) {
      const reply = await this.#run('trawlUncollected', [collector, ...runs.slice(from, from + LOOK_STEP)]);
      const [withOutcomes, without] = reply as [RunId[], RunId[]];
      settled.push(...withOutcomes);
      ended.push(...without);
    }
    return [...settled, ...ended];
  }

  /** Counts anew which visits hold the origins, and corrects what was counted. Gives what was wrong, and runs that may go on with an origin. */
  async recount(origins: readonly string[]): Promise<{ corrected: Recounted[]; offered: RunId[] }> {
    const reply = await this.#run('trawlRecount', ['', ...origins]);
    const [corrected, offered] = reply as [Array<[string, number, number]>, RunId[]];
    return { corrected: corrected.map(([origin, counted, holding]) => ({ origin, counted, holding })), offered };
  }

  /**
   * Reports that this worker is alive with so many slots, or with 0 that it leaves; returns where the open runs stand.
   *
   * @param activity what it has done lately; '' if that is the same as last time
   */
  async survey(worker: string, ownSlots: number, ttlMs: number, activity = ''): Promise<Survey> {
    const reply = await this.#run('trawlSurvey', [worker, ownSlots, ttlMs, ENDED_KEPT_MS, activity]);
    type Row = [RunId, number, string, number[], string[], 0 | 1];
    const [nowMs, slots, runs, ended, expired] = reply as [number, number, Row[], RunId[], RunId[]];
    return {
      slots,
      ended,
      expired,
      runs: runs.map(([run, ready, next, wake, held, stored]) => {
        return { run, outlook: outlook(nowMs, ready, next), wake, held: held.map(Number), stored: stored === 1 };
      }),
    };
  }

  /** A ticket to queue if something is ready, or about to be. */
  async wake(run: RunId, tickets: number): Promise<Outlook & { wake: number[] }> {
    const reply = await this.#call('trawlWake', run, [run, tickets, WAKE_LEAD_MS]);
    const [nowMs, ready, next, wake] = reply as [number, number, string, number[]];
    return { wake, ...outlook(nowMs, ready, next) };
  }

  /** Workers that were heard of a moment ago. */
  async workers(): Promise<number> {
    return this.#redis.zcount(this.#keys.workers, await this.nowMs(), '+inf');
  }

  /** What the run was opened with, or undefined if there is no such run. */
  async findOptions(run: RunId): Promise<RunOptions | undefined> {
    const options = await this.#redis.hget(this.#keys.run(run, 'meta'), 'options');
    return options === null ? undefined : (JSON.parse(options) as RunOptions);
  }

  async options(run: RunId): Promise<RunOptions> {
    const options = await this.findOptions(run);
    if (options === undefined) throw unknownRun(run);
    return options;
  }

  async isCancelled(run: RunId): Promise<boolean> {
    return (await this.#redis.hget(this.#keys.run(run, 'meta'), 'state')) === 'cancelled';
  }

  /** Redis's clock. */
  async nowMs(): Promise<number> {
    const [seconds, microseconds] = (await this.#redis.time()) as unknown as [number, number];
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  }

  async counts(run: RunId): Promise<RunCounts> {
    return (await this.#counts(run)).counts;
  }

  /** Where the run stands, and the bytes of its batches that are stored. */
  async countsAndStored(run: RunId): Promise<{ counts: RunCounts; storedBytes: number }> {
    return this.#counts(run);
  }

  /** Entries that wait for the origin that has most of them, as far as a look at a thousand origins tells. */
  async longestBacklog(run: RunId): Promise<number> {
    return (await this.#call('trawlBound', run, [run])) as number;
  }

  async #counts(run: RunId): Promise<{ counts: RunCounts; storedBytes: number }> {
    const reply = await this.#call('trawlCounts', run, [run]);
    const [fields, sealed, state, batches] = reply as [string[], string | null, RunCounts['state'] | null, number];
    const values = new Map(numbers(fields));
    const n = (name: string) => values.get(name) ?? 0;
    const sealedAt = sealed === null ? undefined : Number(sealed);
    const counts: RunCounts = {
      state: state ?? 'open',
      submitted: n('submitted'),
      duplicates: n('duplicates'),
      accepted: n('accepted'),
      discovered: n('discovered'),
      settled: n('settled'),
      ok: n('ok'),
      failed: n('failed'),
      skipped: n('skipped'),
      leftOut: Object.fromEntries(
        [...values].flatMap(([name, count]) => (name.startsWith(LEFT) ? [[name.slice(LEFT.length), count]] : [])),
      ),
      retries: n('retries'),
      inFlight: n('inFlight'),
      unreleased: n('settled') - n('released') - n('restored'),
      batches,
      ...(sealedAt === undefined ? {} : { sealedAt }),
      // chaos: run-ended
      ended: batches === sealedAt && n('settled') === n('accepted') + n('discovered'),
    };
    return { counts, storedBytes: n('storedBytes') };
  }

  /** The seen-set goes: an ended run takes no more URLs. So does what was restored, and what was counted of hosts. */
  async forgetSeen(run: RunId): Promise<void> {
    const first = Array.from({ length: 4_096 }, (_, bucket) => this.#keys.run(run, `seen:${bucket.toString(16).padStart(3, '0')}`));
    await this.#unlink([...first, this.#keys.run(run, 'hosts')]);
    await this.#forgetBuckets(run, 'buckets', 'seen');
    await this.#forgetBuckets(run, 'restoredBuckets', 'restored');
  }

  async #forgetBuckets(run: RunId, bitmapName: 'buckets' | 'restoredBuckets', name: 'seen' | 'restored'): Promise<void> {
    const key = this.#keys.run(run, bitmapName);
    const bitmap = await this.#redis.getBuffer(key);
    if (bitmap === null) return;
    const buckets: string[] = [];
    for (let bit = 0; bit < bitmap.length * 8; bit++) {
      if (((bitmap[bit >> 3] as number) & (0x80 >> (bit & 7))) !== 0)
        buckets.push(this.#keys.run(run, `${name}:${bit.toString(16).padStart(4, '0')}`));
    }
    await this.#unlink(buckets);
    await this.#redis.unlink(key);
  }

  async #unlink(keys: readonly string[]): Promise<void> {
    for (let from = 0; from < keys.length; from += REMOVE_STEP) await this.#redis.unlink(keys.slice(from, from + REMOVE_STEP));
  }

  #run(script: ScriptName, args: ReadonlyArray<string | number | Buffer>): Promise<unknown> {
    const running = this.#scripts[script](this.#keys.base, ...args);
    return MEASURES.scriptRan.isWanted ? timed(script, running) : running;
  }

  async #call(script: ScriptName, run: RunId, args: ReadonlyArray<string | number | Buffer>, conflict = ''): Promise<unknown> {
    try {
      return await this.#run(script, args);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message.includes('UNKNOWN_RUN')) throw unknownRun(run);
      if (message.includes('REMOVED')) throw new ConflictError(`run ${run} was removed: use another id`);
      if (message.includes('CONFLICT') || message.includes('SEALED')) throw new ConflictError(conflict, { cause: error });
      throw error;
    }
  }
}

async function timed(script: ScriptName, running: Promise<unknown>): Promise<unknown> {
  const startMs = performance.now();
  try {
    return await running;
  } finally {
    MEASURES.scriptRan.report({ script: SCRIPT_LABELS[script], tookMs: performance.now() - startMs });
  }
}

function unknownRun(run: RunId): UnknownRunError {
  return new UnknownRunError(`there is no run ${run} on this Redis: \`trawl status\` lists its runs`);
}

function outlook(nowMs: number, ready: number, next: string): Outlook {
  return { nowMs, ready, nextMs: next === '' ? Number.POSITIVE_INFINITY : Number(next) };
}

/** What stands as name and number one after another. */
function numbers(flat: ReadonlyArray<string | number>): Array<[name: string, value: number]> {
  return flat.flatMap((name, index): Array<[string, number]> => (index % 2 === 0 ? [[String(name), Number(flat[index + 1])]] : []));
}

/** The entries of an in-flight hash: its fields `_` and `o:…` are the token and the counts by origin. */
function heldEntries(held: readonly string[]): Entry[] {
  const entries: Entry[] = [];
  for (let index = 0; index < held.length; index += 2) {
    const field = held[index] as string;
    if (field === '_' || String(field).startsWith('o:')) continue;
    const value = held[index + 1] as string;
    const split = value.indexOf('\n');
    entries.push(unpackEntry(field, value.slice(0, split), value.slice(split + 1)));
  }
  return entries;
}

/** The smallest stream id after this one. */
function idAfter(streamId: string): string {
  const [ms, sequence] = streamId.split('-') as [string, string];
  return `${ms}-${BigInt(sequence) + 1n}`;
}
