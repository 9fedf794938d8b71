import type { Engine } from '../../src/engine/engine.ts';
import { Borrower, type BorrowerMessage } from '../../src/processes/borrower.ts';
import { Deaths } from '../../src/processes/keep-child.ts';
import { LentWork } from '../../src/processes/lent-work.ts';
import type { FromChild, ToChild } from '../../src/processes/messages.ts';
import { ChainSecrets } from '../../src/worker/chain-secrets.ts';

/** The engine, seen by workers that its visits are lent to: what they say and hear crosses over as JSON, as it does between processes. */
export function lendingEngine(engine: Engine): Engine {
  const work: Engine['work'] = async (visitor, limits, signal) => {
    const breakOff = new AbortController();
    const home = {
      secrets: new ChainSecrets(),
      deaths: new Deaths(),
      countsOf: (run: string) => engine.counts(run),
      onEnd: () => {},
      onRoom: () => {},
    };
    const borrower = new Borrower(limits.concurrency, home);
    // At once, or those tests would fail that look at the engine right after they told it something by way of a visit.
    const say = (message: FromChild) => queueMicrotask(() => borrower.hear(overWire(message) as BorrowerMessage));
    const worker = new LentWork(
      { visit: visitor, accepts: async () => true },
      { say, secrets: new ChainSecrets(), signal: breakOff.signal },
    );
    const send = (message: ToChild) => queueMicrotask(() => worker.hear(overWire(message) as Parameters<LentWork['hear']>[0]));
    borrower.child = { isReady: true, send, stop() {}, kill() {} };
    const lend = async (visit: Parameters<typeof visitor>[0]) => {
      visit.signal.addEventListener('abort', () => breakOff.abort(), { once: true });
      const entry = await visit.next();
      if (entry !== undefined) await borrower.lend(visit, entry, false);
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
