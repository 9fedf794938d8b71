import type { Log } from '../../../model/log.ts';
import { redisRemedy } from '../../../model/redis-refusal.ts';
import type { RunId } from '../../../model/run-id.ts';
import { Conditions } from '../../../util/conditions.ts';
import type { WorkerActivity } from '../../facts.ts';
import type { Tickets } from '../visits/tickets.ts';
import type { Frontier } from './frontier.ts';
import type { LaneAudit } from './lane-audit.ts';

const ROUND_MS = 1_000;
/** A worker that has not been heard of for this long has no slots any more. */
export const WORKER_TTL_MS = 5_000;
/** Rounds between two looks at the tickets that hold entries. */
const HELD_EVERY = 5;
/** A report that does not change is sent again after this many rounds, because Redis may have lost it. */
const REPEAT_EVERY = 5;

/** This process, as it shows itself to the cluster. */
export interface JanitorWorker {
  name: string;
  slots: number;
  activity: () => WorkerActivity;
}

/**
 * What a crash between two steps leaves undone is done within a second or so: each worker says once a second that it lives, and one of them
 * queues tickets for runs that have something ready while slots are idle, and for tickets that hold entries but may have lost their job.
 * Now and then it compares how many visits are counted at each origin with what the tickets hold (`lane-audit.ts`).
 * It forgets what ended runs have seen and, a day later, the runs; and goes on with a removal that broke off.
 * Queueing a ticket that is there already does nothing.
 */
export class Janitor {
  readonly #frontier: Frontier;
  readonly #tickets: Tickets;
  readonly #audit: LaneAudit;
  readonly #worker: JanitorWorker;
  /** The last report, and rounds until it is sent again without a change: Redis may have lost it. */
  #reported = '';
  #roundsUntilRepeat = 0;
  readonly #onStored: (run: RunId) => void;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;
  #rounds = 0;
  /** What keeps it from its rounds, as it was said. */
  readonly #refusals = new Conditions();
  #stopped = false;

  /** `onStored` is called with each run that has stored batches. */
  constructor(frontier: Frontier, tickets: Tickets, audit: LaneAudit, worker: JanitorWorker, onStored: (run: RunId) => void, log: Log) {
    this.#frontier = frontier;
    this.#tickets = tickets;
    this.#audit = audit;
    this.#worker = worker;
    this.#onStored = onStored;
    this.#log = log;
  }

  /** Makes the first round, and then one each second. */
  async start(): Promise<void> {
    await this.#round();
    this.#schedule();
  }

  /** This worker's slots are gone from the cluster. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#frontier
      .survey(this.#worker.name, 0, WORKER_TTL_MS, '')
      .catch((error) =>
        this.#log.debug({ event: 'sign-off-failed', error }, 'this worker could not sign off: its slots count for five more seconds'),
      );
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(async () => {
      await this.#round();
      this.#schedule();
    }, ROUND_MS);
  }

  async #round(): Promise<void> {
    try {
      await this.#sweep();
      this.#refusals.end();
    } catch (error) {
      const remedy = error instanceof Error ? redisRemedy(error.message) : undefined;
      if (remedy !== undefined && this.#refusals.isNews(remedy))
        this.#log.warn({ event: 'redis-refuses', error }, `this worker is waiting for Redis: ${remedy}`);
      this.#log.debug({ event: 'janitor-failed', error }, 'a round of the janitor failed; trying again');
    }
  }

  async #sweep(): Promise<void> {
    const { name, slots: ownSlots, activity } = this.#worker;
    const report = JSON.stringify(activity());
    const isNew = report !== this.#reported || this.#roundsUntilRepeat-- <= 0;
    const { slots, runs, ended, expired } = await this.#frontier.survey(name, ownSlots, WORKER_TTL_MS, isNew ? report : '');
    if (isNew) this.#roundsUntilRepeat = REPEAT_EVERY;
    this.#reported = report;
    this.#tickets.slots = slots;
    const looksAtHeld = this.#rounds++ % HELD_EVERY === 0;
    for (const { run, outlook, wake, held, stored } of runs) {
      // chaos: held-tickets
      await this.#tickets.queue(run, looksAtHeld ? [...wake, ...held] : wake);
      this.#tickets.setAlarm(run, outlook);
      if (stored) this.#onStored(run);
    }
    // Only the janitor of this second is given runs.
    if (runs.length > 0) for (const run of await this.#audit.lookIfDue()) await this.#tickets.wake(run);
    for (const run of ended) await this.#frontier.forgetSeen(run);
    for (const run of expired) for (const other of await this.#frontier.remove(run)) await this.#tickets.wake(other);
  }
}
