import type { Entry } from '../../../model/entry.ts';
import type { RunId } from '../../../model/run-id.ts';
import type { FoundLinks } from '../../ending.ts';
import type { Frontier } from '../frontier/frontier.ts';
import type { DoneMove, OriginReport, Settled, SettleMove } from '../frontier/scripts/settle.ts';
import { packEntry, packLinks } from '../frontier/wire-format.ts';
import { OriginReports } from './origin-reports.ts';
import { SETTLE_LINKS, SettleBatch } from './settle-batch.ts';

/** The entries that a visit holds belong to this ticket, under this token. */
export interface VisitTicket {
  run: RunId;
  ticket: number;
  token: string;
}

interface SettlingHome {
  frontier: Pick<Frontier, 'settle'>;
  hostConcurrency: number;
  /** A mean latency below this is not kept. */
  slowMs: number;
  /** Called with each reply. */
  onSettled(settled: Settled): void;
  /** Logs a step that failed. */
  missed(step: string, error: unknown): void;
  /** The links of a page made something of the run ready. */
  wake(run: RunId): void;
}

/**
 * Collects what a visit settles, and sends it. Redis runs the settles of a visit in the order in which they were sent.
 * A page with more links than one settle may carry sends them in parts.
 */
export class Settling {
  readonly #ticket: VisitTicket;
  readonly #home: SettlingHome;
  readonly #batch = new SettleBatch();
  readonly #reports: OriginReports;
  readonly #sent: Array<Promise<void>> = [];
  #inParts: Promise<void> | undefined;
  #isStopped = false;

  constructor(ticket: VisitTicket, home: SettlingHome) {
    this.#ticket = ticket;
    this.#home = home;
    this.#reports = new OriginReports(home.slowMs);
  }

  /** Pending while a page sends its links in parts. Its entry is settled after them. */
  get inParts(): Promise<void> | undefined {
    return this.#inParts;
  }

  /** Records how a fetch went, for the next settle. */
  report(origin: string, latencyMs: number, holdMs: number, answered: boolean): void {
    this.#reports.add(origin, latencyMs, holdMs, answered);
  }

  giveBack(entry: Entry): void {
    this.#batch.add({ key: entry.key, kind: 'back', packed: packEntry(entry) });
  }

  /** The entry waits again, perhaps at another origin. */
  moveOn(kind: `retry:${number}` | `later:${number}` | `moved:${number}`, entry: Entry): void {
    this.#batch.add({ key: entry.key, kind, origin: entry.origin, packed: packEntry(entry) });
  }

  /** The entry is done. */
  moveOut(entry: Entry, out: DoneMove, found?: FoundLinks): void {
    const links = found?.entries.length ?? 0;
    if (found !== undefined && links > SETTLE_LINKS) {
      this.#inParts = this.#settleInParts(entry, out, found);
      this.#track(this.#inParts);
      return;
    }
    if (!this.#batch.hasRoomFor(links)) this.send();
    this.#batch.add(found === undefined ? out : { ...out, found: packLinks(entry, found) }, links);
  }

  /** Sends what has waited long enough, or has become large. */
  sendIfDue(): void {
    if (this.#batch.isDue) this.send();
  }

  send(): void {
    if (this.#batch.size === 0 || this.#isStopped) return;
    this.#track(this.#ask(this.#reports.take(), this.#batch.take()).then((settled) => this.#home.onSettled(settled)));
  }

  /** Sends nothing more, because another visit has the ticket. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Resolves when Redis has answered all settles. Rejects with the first failure. */
  async answered(): Promise<void> {
    await Promise.all(this.#sent);
  }

  /**
   * The entry stays in flight until its last link is pushed. If a shorter way to the page was found meanwhile, all links
   * are sent again, with their new depth.
   */
  async #settleInParts(entry: Entry, out: DoneMove, { entries, leftOut }: FoundLinks): Promise<void> {
    // The last step may be repeated, with the same reports: if it finds a shorter way, it writes nothing.
    const reports = this.#reports.take();
    for (let isDone = false; !isDone && !this.#isStopped; ) {
      const sum: Record<string, number> = { ...leftOut };
      let partsDepth = 0;
      for (let from = 0; from < entries.length; from += SETTLE_LINKS) {
        const part = packLinks(entry, { entries: entries.slice(from, from + SETTLE_LINKS), leftOut: {}, isPart: true });
        const settled = await this.#ask([], [{ key: entry.key, kind: 'found', found: part }]);
        if (settled.fenced) return this.#home.onSettled(settled);
        if (from === 0) this.#home.wake(this.#ticket.run);
        partsDepth = Math.max(partsDepth, settled.part?.depth ?? 0);
        for (const [reason, links] of Object.entries(settled.part?.leftOut ?? {})) sum[reason] = (sum[reason] ?? 0) + links;
      }
      const last = packLinks(entry, { entries: [], leftOut: sum, partsDepth });
      const settled = await this.#ask(reports, [{ ...out, found: last }]);
      isDone = !settled.isNearer;
      if (isDone) this.#home.onSettled(settled);
    }
  }

  #ask(reports: readonly OriginReport[], moves: readonly SettleMove[]): Promise<Settled> {
    const { run, ticket, token } = this.#ticket;
    return this.#home.frontier.settle(run, ticket, token, this.#home.hostConcurrency, reports, moves);
  }

  #track(sent: Promise<void>): void {
    // `answered` rejects with a failure only at the end of the visit; log it now.
    sent.catch((error) => this.#home.missed('a settle failed', error));
    this.#sent.push(sent);
  }
}
