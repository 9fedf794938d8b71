import { hrtime } from 'node:process';
import type { RunId } from '../model/run-id.ts';
import type { Visitor } from '../worker/work.ts';
import { fetchVisit } from './fetch-visit.ts';
import { type ToChild, writeError } from './messages.ts';
import { LinkSieve } from './packed-links.ts';
import { type LentRun, RemoteVisit, type RemoteVisitHome } from './remote-visit.ts';

/** Runs the visits that are lent to this process. */
export class LentWork {
  readonly #visitor: Pick<Visitor, 'visit' | 'accepts'>;
  readonly #home: RemoteVisitHome;
  readonly #runs = new Map<RunId, LentRun>();
  readonly #visits = new Map<number, RemoteVisit>();

  constructor(visitor: Pick<Visitor, 'visit' | 'accepts'>, home: RemoteVisitHome) {
    this.#visitor = visitor;
    this.#home = home;
  }

  receive(message: Extract<ToChild, { kind: 'run' | 'lend' | 'next' | 'recall' | 'robots' }>): void {
    if (message.kind === 'run') {
      const { run, options } = message;
      const offsetMs = message.nowMs - message.monotonicMs;
      this.#runs.set(run, { run, options, nowMs: () => offsetMs + Number(hrtime.bigint()) / 1e6, sieve: new LinkSieve(options) });
    } else if (message.kind === 'lend') {
      const run = this.#runs.get(message.run);
      if (run === undefined) throw new Error(`run ${message.run} was lent without a 'run' message before`);
      const visit = new RemoteVisit(message.visit, run, message.lent, this.#home);
      this.#visits.set(message.visit, visit);
      void this.#fetch(message.visit, visit);
    } else if (message.kind === 'recall') {
      for (const visit of this.#visits.values()) visit.giveBackUnbegun(message.origin);
    } else this.#visits.get(message.visit)?.receive(message);
  }

  async #fetch(number: number, visit: RemoteVisit): Promise<void> {
    try {
      await fetchVisit(this.#visitor, visit);
      if (!visit.isOver) this.#home.send({ kind: 'leave', visit: number });
    } catch (error) {
      this.#home.send({ kind: 'broken', visit: number, error: writeError(error) });
    } finally {
      this.#visits.delete(number);
    }
  }
}
