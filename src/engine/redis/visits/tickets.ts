import type { Queue } from 'bullmq';
import type { Log } from '../../../model/log.ts';
import type { RunId } from '../../../model/run-id.ts';
import type { Frontier } from '../frontier/frontier.ts';
import type { Outlook } from '../frontier/scripts/script.ts';
import { WAKE_LEAD_MS } from '../frontier/scripts/upkeep.ts';
import { RunTraces } from '../queues/job-tracing.ts';

/** The data of a visit's job. */
export interface TicketData {
  run: RunId;
  ticket: number;
}

/**
 * Queues tickets. A ticket is in the queue at most once: while it waits, queueing it again does nothing; while it is active, further
 * queueings collapse into one next visit, made in the same step that completes the current one.
 *
 * Time is kept by local timers: whoever learns that something will be ready at a time queues a ticket then. BullMQ's own delays are not
 * used: they fire late, by the client's clock. If this process dies with its timers, the janitor's next round finds what became ready.
 */
export class Tickets {
  readonly #queue: Queue<TicketData>;
  readonly #frontier: Frontier;
  readonly #log: Log;
  /** The traces of the runs whose tickets are queued. */
  readonly traces: RunTraces;
  readonly #alarms = new Map<RunId, { atMs: number; timer: NodeJS.Timeout }>();
  #slots = 1;
  #closed = false;

  constructor(queue: Queue<TicketData>, frontier: Frontier, log: Log) {
    this.#queue = queue;
    this.#frontier = frontier;
    this.#log = log;
    this.traces = new RunTraces(frontier);
  }

  /** How many tickets a run has: twice the slots, so that one waits for each that is being visited. */
  get perRun(): number {
    return 2 * this.#slots;
  }

  set slots(slots: number) {
    this.#slots = Math.max(1, slots);
  }

  async queue(run: RunId, tickets: readonly number[]): Promise<void> {
    if (tickets.length > 0) await this.traces.within(run, () => this.#add(run, tickets));
  }

  async #add(run: RunId, tickets: readonly number[]): Promise<void> {
    const [first] = tickets;
    if (first === undefined) return;
    if (tickets.length === 1) await this.#queue.add('visit', { run, ticket: first }, ticketOptions(run, first));
    else await this.#queue.addBulk(tickets.map((ticket) => ({ name: 'visit', data: { run, ticket }, opts: ticketOptions(run, ticket) })));
  }

  /** Queues a ticket if something is ready, or sets the alarm for when it will be. */
  async wake(run: RunId): Promise<void> {
    const outlook = await this.#frontier.wake(run, this.perRun);
    await this.queue(run, outlook.wake);
    if (outlook.wake.length === 0) this.setAlarm(run, outlook);
  }

  /** Wakes the run just before something will be ready, unless an earlier alarm is set. Nothing to do while something is ready: whoever saw that queues a ticket. */
  setAlarm(run: RunId, { nowMs, ready, nextMs }: Outlook): void {
    if (this.#closed || ready > 0 || nextMs === Number.POSITIVE_INFINITY) return;
    this.wakeIn(run, Math.max(0, Math.min(nextMs - nowMs - WAKE_LEAD_MS, 60_000)));
  }

  /** Wakes the run after so long, unless an earlier alarm is set. */
  wakeIn(run: RunId, delayMs: number): void {
    if (this.#closed) return;
    const atMs = performance.now() + delayMs;
    const alarm = this.#alarms.get(run);
    if (alarm !== undefined && alarm.atMs <= atMs) return;
    clearTimeout(alarm?.timer);
    const timer = setTimeout(() => {
      this.#alarms.delete(run);
      // If Redis is away, the janitor's round after its return wakes the run.
      this.wake(run).catch((error: Error) =>
        this.#log.debug({ event: 'wake-failed', run, err: error }, `could not wake a run: ${error.message}`),
      );
    }, delayMs);
    this.#alarms.set(run, { atMs, timer });
  }

  close(): void {
    this.#closed = true;
    for (const { timer } of this.#alarms.values()) clearTimeout(timer);
    this.#alarms.clear();
  }
}

function ticketOptions(run: RunId, ticket: number) {
  return { deduplication: { id: `${run}#${ticket}`, keepLastIfActive: true }, removeOnComplete: true, removeOnFail: true };
}
