import { type Redis, ReplyError } from 'ioredis';
import { ConflictError, UnknownRunError } from '../../../model/errors.ts';
import { MEASURES } from '../../../model/measures.ts';
import type { RunId } from '../../../model/run-id.ts';
import type { RunOptions } from '../../../model/run-options.ts';
import type { LoggedRows } from '../../rules/logged-rows.ts';
import type { RunCounts } from '../../run-counts.ts';
import type { Keys } from '../keys.ts';
import { push, store } from './scripts/batches.ts';
import { checkout } from './scripts/checkout.ts';
import { attend, claim, type LoggedMark, release, restore, uncollected } from './scripts/collecting.ts';
import { passTurn, send, strike, touch } from './scripts/held-entries.ts';
import { loadLua } from './scripts/load-lua.ts';
import { bound, counts, open, remove, seal, steer } from './scripts/runs.ts';
import type { Script, ScriptArguments } from './scripts/script.ts';
import { settle } from './scripts/settle.ts';
import { recount, survey, wake } from './scripts/upkeep.ts';

/** Keys of one kind that are removed in one step, so that Redis is never blocked for long. */
const REMOVE_STEP = 1_000;
/** Runs that one script looks at. */
const LOOK_STEP = 500;
/** Rows that one script restores. */
const RESTORE_STEP = 1_000;

type Call<Args extends readonly unknown[], Reply> = (...args: Args) => Promise<Reply>;

/**
 * The frontier in Redis. Each script is a function here. Its Lua file says what it does; the TypeScript file beside that has
 * its arguments and reply. All may be repeated, because a caller may not have received the first reply.
 *
 * They throw UnknownRunError; ConflictError for a removed run, and for a batch or seal that contradicts an earlier one;
 * and RunClaimedError for a collector that does not have the run.
 */
export class Frontier {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #texts: string[] = [];

  readonly open;
  readonly seal;
  readonly steer;
  readonly countsAndStored;
  readonly longestBacklog;
  readonly store;
  readonly push;
  readonly checkout;
  readonly settle;
  readonly strike;
  readonly send;
  readonly touch;
  readonly passTurn;
  readonly claim;
  readonly release;
  readonly attend;
  readonly survey;
  readonly wake;
  readonly recount;
  readonly #remove;
  readonly #restore;
  readonly #uncollected;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
    this.open = this.#define(open);
    this.seal = this.#define(seal);
    this.steer = this.#define(steer);
    this.countsAndStored = this.#define(counts);
    this.longestBacklog = this.#define(bound);
    this.store = this.#define(store);
    this.push = this.#define(push);
    this.checkout = this.#define(checkout);
    this.settle = this.#define(settle);
    this.strike = this.#define(strike);
    this.send = this.#define(send);
    this.touch = this.#define(touch);
    this.passTurn = this.#define(passTurn);
    this.claim = this.#define(claim);
    this.release = this.#define(release);
    this.attend = this.#define(attend);
    this.survey = this.#define(survey);
    this.wake = this.#define(wake);
    this.recount = this.#define(recount);
    this.#remove = this.#define(remove);
    this.#restore = this.#define(restore);
    this.#uncollected = this.#define(uncollected);
  }

  /** Checks that Redis accepts the scripts. */
  async load(): Promise<void> {
    await Promise.all(this.#texts.map((lua) => this.#redis.script('LOAD', lua)));
  }

  /** Makes a script a command of the connection, such as `trawlPassTurn` for pass-turn.lua. Returns the function that calls it. */
  #define<Args extends readonly unknown[], Reply>(script: Script<Args, Reply>): Call<Args, Reply> {
    const command = `trawl-${script.name}`.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    const lua = loadLua(script.name);
    this.#texts.push(lua);
    this.#redis.defineCommand(command, { numberOfKeys: 1, lua });
    const run = (this.#redis as unknown as Record<string, (base: string, ...args: ScriptArguments) => Promise<never>>)[command];
    return async (...args) => {
      try {
        const running = run?.call(this.#redis, this.#keys.base, ...script.args(...args)) as Promise<never>;
        return script.reply(await (MEASURES.scriptRan.isWanted ? timed(script.name, running) : running), ...args);
      } catch (error) {
        throw asOwnError(error, String(args[0]), script.conflict?.(...args));
      }
    };
  }

  /** Removes the run. Returns other runs that may continue with an origin that it held. */
  async remove(run: RunId): Promise<RunId[]> {
    await this.forgetSeen(run);
    const offered: RunId[] = [];
    for (let hasMore = true; hasMore; ) {
      const step = await this.#remove(run, REMOVE_STEP);
      hasMore = step.hasMore;
      offered.push(...step.offered);
    }
    // Batches may have been pushed until the run was unknown.
    await this.forgetSeen(run);
    return offered;
  }

  /** The first stored batch. Undefined if there is none. */
  async nextStored(run: RunId): Promise<{ batch: number; content: Buffer } | undefined> {
    const [batch] = await this.#redis.zrange(this.#keys.run(run, 'storedOrder'), 0, 0);
    if (batch === undefined) return undefined;
    const content = await this.#redis.hgetBuffer(this.#keys.run(run, 'stored'), batch);
    // It was pushed meanwhile.
    return content === null ? this.nextStored(run) : { batch: Number(batch), content };
  }

  /** Removes a stored batch that cannot be pushed. Otherwise it would take part of its producer's room for ever. */
  async skipStored(run: RunId, batch: number): Promise<void> {
    const stored = this.#keys.run(run, 'stored');
    const bytes = await this.#redis.hstrlen(stored, String(batch));
    await this.#redis.zrem(this.#keys.run(run, 'storedOrder'), batch);
    // Another worker may do the same. Only the one that removes it changes the count.
    if ((await this.#redis.hdel(stored, String(batch))) === 1)
      await this.#redis.hincrby(this.#keys.run(run, 'counts'), 'storedBytes', -bytes);
  }

  /** Records that these entries have a row in the collector's log, so that they are not fetched. */
  async restore(run: RunId, rows: LoggedRows): Promise<void> {
    let marks: LoggedMark[] = [];
    for (const row of rows.rows()) {
      marks.push(row);
      if (marks.length < RESTORE_STEP) continue;
      await this.#restore(run, marks);
      marks = [];
    }
    await this.#restore(run, marks);
  }

  /** Runs with unreleased outcomes, then others that have ended. Runs that another collector has are left out. */
  async uncollected(runs: readonly RunId[], collector = ''): Promise<RunId[]> {
    const [settled, ended]: [RunId[], RunId[]] = [[], []];
    for (let from = 0; from < runs.length; from += LOOK_STEP) {
      const reply = await this.#uncollected(collector, runs.slice(from, from + LOOK_STEP));
      settled.push(...reply.withOutcomes);
      ended.push(...reply.ended);
    }
    return [...settled, ...ended];
  }

  /** The number of live workers. */
  async workers(): Promise<number> {
    return this.#redis.zcount(this.#keys.workers, await this.nowMs(), '+inf');
  }

  /** The options with which the run was opened. Undefined if there is no such run. */
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
    return (await this.countsAndStored(run)).counts;
  }

  /** Removes the seen-set, the restored rows and the counts of hosts: an ended run takes no more URLs. */
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
}

async function timed(script: string, running: Promise<never>): Promise<never> {
  const startMs = performance.now();
  try {
    return await running;
  } finally {
    MEASURES.scriptRan.report({ script: script.replaceAll('-', '_'), tookMs: performance.now() - startMs });
  }
}

/** The errors of scripts, by code, which is the first word of the message. */
function asOwnError(error: unknown, run: RunId, conflict = ''): unknown {
  if (!(error instanceof ReplyError)) return error;
  switch ((error as Error).message.split(' ', 1)[0]) {
    case 'UNKNOWN_RUN':
      return unknownRun(run);
    case 'REMOVED':
      return new ConflictError(`run ${run} was removed: use another id`);
    case 'CONFLICT':
    case 'SEALED':
      return new ConflictError(conflict, { cause: error });
    default:
      return error;
  }
}

function unknownRun(run: RunId): UnknownRunError {
  return new UnknownRunError(`there is no run ${run} on this Redis: \`trawl status\` lists its runs`);
}
