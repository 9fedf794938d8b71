import type { Log } from '../../../model/log.ts';
import { redisRemedy } from '../../../model/redis-refusal.ts';
import type { RunId } from '../../../model/run-id.ts';
import { Conditions } from '../../../util/conditions.ts';
import type { WorkerActivity } from '../../facts.ts';
import type { Tickets } from '../visits/tickets.ts';
import type { Frontier } from './frontier.ts';
import type { LaneAudit } from './lane-audit.ts';

const ROUND_MS = 1_000;
/** After this long without a report, a worker counts as dead. */
export const WORKER_TTL_MS = 5_000;
/** Rounds between two checks of the tickets that hold entries. */
const HELD_EVERY = 5;
/** After this many rounds, an unchanged report is sent again, because Redis may have lost it. */
const REPEAT_EVERY = 5;

/** What the cluster sees of this process. */
export interface JanitorWorker {
  name: string;
  slots: number;
  activity: () => WorkerActivity;
}

/**
 * Repairs within about a second what a crash between two steps left undone. Each worker reports once a second that it is
 * alive. One of them is then the janitor:
 *
 * - It queues tickets for runs with ready entries while slots are idle, and tickets that hold entries but may have lost their
 *   job. Queueing a ticket that is in the queue does nothing.
 * - Now and then it compares the counted visits of each origin with what the tickets hold (`lane-audit.ts`).
 * - It forgets the seen URLs of ended runs and, a day later, the runs, and continues interrupted removals.
 */
export class Janitor {
  readonly #frontier: Frontier;
  readonly #tickets: Tickets;
  readonly #audit: LaneAudit;
  readonly #worker: JanitorWorker;
  /** The last report, and the rounds until it is sent again even if unchanged. */
  #reported = '';
  #roundsUntilRepeat = 0;
  readonly #onStored: (run: RunId) => void;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;
  #rounds = 0;
  /** What was last logged as the reason why rounds fail. */
  readonly #refusals = new Conditions();
  #stopped = false;

  /** @param onStored called with each run that has stored batches */
  constructor(frontier: Frontier, tickets: Tickets, audit: LaneAudit, worker: JanitorWorker, onStored: (run: RunId) => void, log: Log) {
    this.#frontier = frontier;
    this.#tickets = tickets;
    this.#audit = audit;
    this.#worker = worker;
    this.#onStored = onStored;
    this.#log = log;
  }

  /** Makes the first round, then one each second. */
  async start(): Promise<void> {
    await this.#round();
    this.#schedule();
  }

  /** Removes this worker's slots from the cluster. */
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
    // Only the janitor of this second gets runs.
    if (runs.length > 0) for (const run of await this.#audit.lookIfDue()) await this.#tickets.wake(run);
    for (const run of ended) await this.#frontier.forgetSeen(run);
    for (const run of expired) for (const other of await this.#frontier.remove(run)) await this.#tickets.wake(other);
  }
}
