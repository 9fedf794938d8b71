import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { formatOutcome } from '../../../model/lines/outcome-line.ts';
import type { Log } from '../../../model/log.ts';
import { redisRemedy } from '../../../model/redis-refusal.ts';
import type { RunId } from '../../../model/run-id.ts';
import type { RunOptions } from '../../../model/run-options.ts';
import { cancelledOutcome } from '../../../model/unfetched-outcome.ts';
import { within } from '../../../util/async.ts';
import { Conditions } from '../../../util/conditions.ts';
import type { RedisLimits, RedisTimings } from '../../engine-spec.ts';
import type { Visit, WorkLimits } from '../../visit.ts';
import type { Frontier } from '../frontier/frontier.ts';
import type { Checkout } from '../frontier/scripts/checkout.ts';
import type { SettleMove } from '../frontier/scripts/settle.ts';
import { WAKE_LEAD_MS } from '../frontier/scripts/upkeep.ts';
import type { Keys } from '../keys.ts';
import { jobTracing } from '../queues/job-tracing.ts';
import type { Activity } from './activity.ts';
import { OriginCooldowns } from './origin-cooldowns.ts';
import { RedisVisit, type VisitEnd } from './redis-visit.ts';
import { RestartingWorker, workerOptions } from './restarting-worker.ts';
import { ROUND_MS, RoundSize } from './rounds.ts';
import { SETTLE_CHARS } from './settle-batch.ts';
import type { VisitTicket } from './settling.ts';
import { SharedRobots } from './shared-robots.ts';
import { SuspectTurn } from './suspect-turn.ts';
import type { TicketData, Tickets } from './tickets.ts';

/** The most origins of one checkout. */
const CHECKOUT_ORIGINS = 16;
/** Time limit for Redis to take what is settled and given back at the stop. */
const CLOSE_MS = 5_000;
/** The most runs that are remembered, with their options and round sizes. When there are more, all are forgotten. */
const KNOWN_RUNS = 1_000;
/** After this long, a run that this process declined is offered to others, and checked here again. */
const DECLINED_MS = 1_000;
/** Part of a lock's time that is kept in reserve, for a fetch that is just being started. */
const LEASE_MARGIN = 0.1;

interface VisitsContext {
  redis: Redis;
  keys: Keys;
  queue: Queue<TicketData>;
  frontier: Frontier;
  tickets: Tickets;
  timings: RedisTimings;
  limits: RedisLimits;
  activity: Activity;
  log: Log;
}

/** What is kept about a run whose visits come here. */
interface KnownRun {
  options: RunOptions;
  roundSize: RoundSize;
}

/** The consumer of the `visits` queue. One job is one visit, so BullMQ's concurrency is the number of requests in flight. */
export class Visits {
  readonly #context: VisitsContext;
  readonly #visitor: (visit: Visit) => Promise<void>;
  readonly #limits: WorkLimits;
  readonly #worker: RestartingWorker<TicketData>;
  readonly #active = new Map<string, RedisVisit>();
  readonly #runs = new Map<RunId, KnownRun>();
  /** Runs that were logged as waiting for their collector. */
  readonly #full = new Conditions();
  readonly #suspects = new SuspectTurn();
  readonly #cooldowns = new OriginCooldowns();
  readonly #robots: SharedRobots;
  #stopping = false;

  constructor(context: VisitsContext, visitor: (visit: Visit) => Promise<void>, limits: WorkLimits) {
    this.#context = context;
    this.#visitor = visitor;
    this.#limits = limits;
    const { redis, keys, queue, timings, log } = context;
    this.#robots = new SharedRobots(redis, keys);
    this.#worker = new RestartingWorker<TicketData>({
      queue,
      take: (job) => this.#visit(job),
      worker: { ...workerOptions(redis, keys, timings), ...jobTracing(), concurrency: limits.concurrency },
      listen: (worker) => this.#listen(worker),
      log,
    });
    const { allowance } = limits;
    allowance?.onChange(() => {
      this.#worker.concurrency = allowance.visits;
    });
  }

  #listen(worker: Worker<TicketData>): void {
    const { log } = this.#context;
    worker.on('error', (error) => log.debug({ event: 'queue-error', error: error.message }, `visits: ${error.message}`));
    worker.on('failed', (job, error) => {
      // The janitor logs once that Redis refuses. The entries of this visit are visited again.
      const level = redisRemedy(error.message) === undefined ? 'error' : 'debug';
      log[level](
        { event: 'visit-failed', run: job?.data.run, ...(job && { visit: ticketName(job.data) }), error },
        `a visit failed: ${error.message}`,
      );
    });
    worker.on('locksRenewed', ({ jobIds }) => {
      const untilMs = performance.now() + this.#leaseMs;
      for (const id of jobIds) this.#active.get(id)?.extendLease(untilMs);
    });
    worker.on('lockRenewalFailed', (jobIds) => {
      for (const id of jobIds) this.#active.get(id)?.breakOff();
    });
  }

  /** Takes no new visits and gives back what was not started. Resolves when the last fetch has ended or, after the drain, was aborted. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const visit of this.#active.values()) visit.giveBack();
    const closing = this.#worker
      .close()
      .catch((error: Error) =>
        this.#context.log.debug({ event: 'close-failed', err: error }, `the worker did not close cleanly: ${error.message}`),
      );
    // Fetched entries can only be settled if Redis is there, or comes back soon.
    const isThere = () => this.#context.redis.status === 'ready';
    const wasThere = isThere();
    await within(wasThere ? this.#limits.drainMs : CLOSE_MS, closing);
    for (const visit of this.#active.values()) visit.breakOff();
    if (await within(wasThere || isThere() ? CLOSE_MS : 0, closing)) return;
    this.#context.log.warn(
      { event: 'redis-away-at-stop' },
      'Redis is not responding: this worker leaves, and others fetch again what it had in flight',
    );
    for (const visit of this.#active.values()) visit.lose();
  }

  /** The number of slots with a visit. */
  get busy(): number {
    return this.#active.size;
  }

  get #leaseMs(): number {
    return this.#context.timings.lockMs * (1 - LEASE_MARGIN);
  }

  async #visit(job: Job<TicketData>): Promise<void> {
    const { frontier, tickets } = this.#context;
    const { run, ticket } = job.data;
    // The lock dates from when the job was taken, which may be a while ago if this process was suspended since.
    const leaseUntilMs = performance.now() + this.#leaseMs - Math.max(0, Date.now() - (job.processedOn ?? Date.now()));
    const known = await this.#known(run);
    if (known === undefined) return;
    const { options, roundSize } = known;
    // Its entries stay where they are. Do not queue the ticket at once: if this is the only process, it would do nothing else.
    if (!(await this.#accepts(run, options))) return tickets.wakeIn(run, DECLINED_MS);
    if (this.#stopping) return tickets.queue(run, [ticket]);
    const token = `${job.id}:${job.attemptsStarted}:${this.#limits.worker}`;
    const checkOut = () => this.#checkOut({ run, ticket, token }, known);
    let checkout = await checkOut();
    // Visits are woken a little early, so that the delay of the queue is not added to an interval.
    if (checkout.entries.length === 0 && checkout.ready === 0 && checkout.nextMs - checkout.nowMs <= 2 * WAKE_LEAD_MS) {
      await sleep(checkout.nextMs - checkout.nowMs);
      checkout = await checkOut();
    }
    if (checkout.entries.length === 0) {
      // Everything that it looked at was blocked or already in the log, and there is more.
      if (checkout.ready > 0) await tickets.queue(run, [ticket]);
      return;
    }

    // Not awaited: if it fails, the janitor's next round does the same.
    const wake = (id: RunId) => void tickets.wake(id).catch((error) => this.#missed(id, 'could not wake a run', error));
    const home = {
      missed: (step: string, error: unknown) => this.#missed(run, step, error, ticket),
      frontier,
      checkOut,
      hasRoom: () => this.#active.size <= (this.#limits.allowance?.visits ?? this.#limits.concurrency),
      roundSize,
      wake,
      suspects: this.#suspects,
      cooldowns: this.#cooldowns,
      robots: this.#robots,
      activity: this.#context.activity,
      strikeSpacingMs: this.#context.timings.lockMs,
    };
    const visit = new RedisVisit({ run, ticket, token }, options, checkout, leaseUntilMs, home);
    const id = job.id as string;
    this.#active.set(id, visit);
    if (this.#stopping) visit.giveBack();
    let end: VisitEnd | undefined;
    try {
      await this.#visitor(visit);
    } finally {
      end = await visit.finish();
      this.#active.delete(id);
    }
    // A lost visit queues its ticket too. After the visit that has it now, another one looks at what is left.
    if (end === undefined || end.held > 0) await tickets.queue(run, [ticket]);
    else if (end.outlook.ready > 0 && ticket < tickets.perRun) await tickets.queue(run, [ticket]);
    else if (end.outlook.ready > 0) await tickets.wake(run);
    else tickets.setAlarm(run, end.outlook);
  }

  async #checkOut({ run, ticket, token }: VisitTicket, { options, roundSize }: KnownRun): Promise<Checkout> {
    const { frontier, tickets, limits } = this.#context;
    const checkout = await frontier.checkout(run, ticket, token, options, {
      room: roundSize.entries,
      mostOrigins: CHECKOUT_ORIGINS,
      tickets: tickets.perRun,
      budgetMs: ROUND_MS,
      maxUnreleased: limits.maxUnreleased,
    });
    this.#sayIfFull(run, checkout.kind === 'full');
    tickets.queue(run, checkout.wake).catch((error) => this.#missed(run, 'could not queue tickets', error));
    for (const other of checkout.offered) tickets.wake(other).catch((error) => this.#missed(other, 'could not wake a run', error));
    // Needed although this visit continues: its fetch may be slow, and something else may be ready before it ends.
    tickets.setAlarm(run, checkout);
    return checkout.kind === 'cancelled' && checkout.entries.length > 0
      ? this.#cancel({ run, ticket, token }, options, checkout)
      : checkout;
  }

  /** Logs a failed step. The janitor's next round or the next visit of the entries makes up for it. */
  #missed(run: RunId, step: string, error: unknown, ticket?: number): void {
    const visit = ticket === undefined ? {} : { visit: ticketName({ run, ticket }) };
    this.#context.log.debug(
      { event: 'visit-step-failed', run, ...visit, err: error },
      `${step}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }

  /** Every process accepts a cancelled run, because nothing of it is fetched. */
  async #accepts(run: RunId, options: RunOptions): Promise<boolean> {
    const { accepts } = this.#limits;
    if (accepts === undefined || (await accepts(run, options))) return true;
    return this.#context.frontier.isCancelled(run);
  }

  /** Logs that a run waits for its collector. Otherwise it would look as if it hung. */
  #sayIfFull(run: RunId, isFull: boolean): void {
    if (!isFull) this.#full.end(run);
    else if (this.#full.isNews('full', run)) {
      const { log, limits } = this.#context;
      log.warn(
        { event: 'run-full', run },
        `run ${run} is waiting: ${limits.maxUnreleased} of its outcomes are not collected; if no collector is running, start one with trawl collect ${run}`,
      );
    }
  }

  /** Settles the entries of a cancelled run without fetching them. Returns a checkout without entries. */
  async #cancel({ run, ticket, token }: VisitTicket, options: RunOptions, checkout: Checkout): Promise<Checkout> {
    const { frontier, tickets } = this.#context;
    const moves = checkout.entries.map((entry): SettleMove => {
      const { key, revisit } = entry;
      if (revisit) return { key, kind: 'revisited' };
      return { key, kind: 'skipped', line: formatOutcome(cancelledOutcome(run, entry, options, checkout.nowMs)) };
    });
    while (moves.length > 0) {
      const { offered } = await frontier.settle(run, ticket, token, options.hostConcurrency, [], nextMoves(moves));
      await Promise.all(offered.map((other) => tickets.wake(other)));
    }
    // There may be more, so the ticket is queued until none are found.
    await tickets.queue(run, [ticket]);
    return { ...checkout, entries: [] };
  }

  async #known(run: RunId): Promise<KnownRun | undefined> {
    const known = this.#runs.get(run);
    if (known !== undefined) return known;
    const options = await this.#context.frontier.findOptions(run);
    if (options === undefined) return undefined;
    if (this.#runs.size >= KNOWN_RUNS) this.#runs.clear();
    const found = { options, roundSize: new RoundSize() };
    this.#runs.set(run, found);
    return found;
  }
}

/** The name of the visit in logs. */
function ticketName({ run, ticket }: Pick<VisitTicket, 'run' | 'ticket'>): string {
  return `${run}#${ticket}`;
}

/** Takes as many from the front as may be settled together. */
function nextMoves(moves: SettleMove[]): SettleMove[] {
  let chars = 0;
  const end = moves.findIndex((move) => {
    if ('line' in move) chars += move.line.length;
    return chars >= SETTLE_CHARS;
  });
  return moves.splice(0, end === -1 ? moves.length : end + 1);
}
