import type { Engine } from '../../src/engine/engine.ts';
import { Borrower, type BorrowerMessage } from '../../src/processes/borrower.ts';
import { Deaths } from '../../src/processes/keep-child.ts';
import { LentWork } from '../../src/processes/lent-work.ts';
import type { FromChild, ToChild } from '../../src/processes/messages.ts';
import { VisitsHere } from '../../src/processes/visits-here.ts';
import { ChainSecrets } from '../../src/worker/chain-secrets.ts';

interface Lending {
  /** Called with each message. */
  onMessage?: (message: FromChild | ToChild) => void;
  /** Each lent visit gets one entry, as if all entries were suspects. */
  isAlone?: boolean;
  /** Every second visit is not lent, but fetched here. */
  keepsSome?: boolean;
}

/** An engine that lends its visits to its workers. All messages between them pass through JSON, as between processes. */
export function lendingEngine(engine: Engine, { onMessage = () => {}, isAlone = false, keepsSome = false }: Lending = {}): Engine {
  const work: Engine['work'] = async (visitor, limits, signal) => {
    const abortFetches = new AbortController();
    const home = {
      secrets: new ChainSecrets(),
      deaths: new Deaths(),
      countsOf: (run: string) => engine.counts(run),
      onEnd: () => {},
      onRoom: () => {},
      onHold: (origin: string) => borrower.recall(origin),
    };
    const borrower: Borrower = new Borrower(limits.concurrency, home);
    // Sent in a microtask, because some tests inspect the engine right after a visit reported something.
    const sendToParent = (message: FromChild) => {
      onMessage(message);
      queueMicrotask(() => borrower.receive(overWire(message) as BorrowerMessage));
    };
    const worker = new LentWork(
      { visit: visitor, accepts: async () => true },
      { send: sendToParent, sendSoon: sendToParent, secrets: new ChainSecrets(), signal: abortFetches.signal },
    );
    const send = (message: ToChild) => {
      onMessage(message);
      queueMicrotask(() => worker.receive(overWire(message) as Parameters<LentWork['receive']>[0]));
    };
    borrower.child = { isReady: true, send, stop() {}, kill() {} };
    const here = new VisitsHere({
      visitor: { visit: visitor, accepts: async () => true, capacity: { visits: limits.concurrency } },
      most: limits.concurrency,
      onEnd: () => {},
      onHold: (origin) => borrower.recall(origin),
    });
    let visits = 0;
    const lend = async (visit: Parameters<typeof visitor>[0]) => {
      if (keepsSome && visits++ % 2 === 1) return here.visit(visit);
      visit.signal.addEventListener('abort', () => abortFetches.abort(), { once: true });
      const entry = await visit.next();
      if (entry !== undefined) await borrower.lend(visit, entry, isAlone);
    };
    await engine.work(lend, limits, signal);
  };
  return new Proxy(engine, {
    get(target, name) {
      if (name === 'work') return work;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function overWire<Message>(message: Message): Message {
  return JSON.parse(JSON.stringify(message)) as Message;
}
