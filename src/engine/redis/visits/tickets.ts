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
 * Queues tickets. A ticket is in the queue at most once. While it waits, queueing it again does nothing. While it is active,
 * queueing it any number of times adds one next visit, in the same step that completes the current one.
 *
 * Waiting uses local timers: a process that learns when something will be ready queues a ticket at that time. BullMQ's delays
 * are not used, because they fire late and by the client's clock. If this process dies, the janitor's next round finds what
 * became ready.
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

  /** The number of tickets of a run: twice the slots of the cluster, so that for each active one another can wait. */
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

  /** Queues a ticket if something is ready. Otherwise sets the alarm for when it will be. */
  async wake(run: RunId): Promise<void> {
    const outlook = await this.#frontier.wake(run, this.perRun);
    await this.queue(run, outlook.wake);
    if (outlook.wake.length === 0) this.setAlarm(run, outlook);
  }

  /**
   * Wakes the run just before something will be ready, unless an earlier alarm is set. Does nothing if something is
   * ready: the caller queues a ticket for that.
   */
  setAlarm(run: RunId, { nowMs, ready, nextMs }: Outlook): void {
    if (this.#closed || ready > 0 || nextMs === Number.POSITIVE_INFINITY) return;
    this.wakeIn(run, Math.max(0, Math.min(nextMs - nowMs - WAKE_LEAD_MS, 60_000)));
  }

  /** Wakes the run after this long, unless an earlier alarm is set. */
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
