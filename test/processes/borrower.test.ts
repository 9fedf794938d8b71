import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import type { Visit } from '../../src/engine/visit.ts';
import type { Entry } from '../../src/model/entry.ts';
import { Borrower, type BorrowerMessage } from '../../src/processes/borrower.ts';
import { Deaths } from '../../src/processes/keep-child.ts';
import type { ToChild } from '../../src/processes/messages.ts';
import { packLinks } from '../../src/processes/packed-links.ts';
import { ChainSecrets } from '../../src/worker/chain-secrets.ts';
import { batchOf, runOptions, until, urls } from '../contracts/crew.ts';
import { found } from '../contracts/site-graph.ts';

test('an entry that was never sent to the dead process is not counted as being fetched at its death', async (t) => {
  // Time stands still, so the visit cannot be over before it takes its next entry.
  const engine = createMemoryEngine({ clock: { wallMs: () => 0, monotonicMs: () => 0 } });
  const run = await engine.openRun(runOptions({ depth: 5, hostConcurrency: 1 }));
  const deaths = new Deaths();
  const borrower = new Borrower(1, {
    secrets: new ChainSecrets(),
    deaths,
    countsOf: (id) => engine.counts(id),
    onEnd: () => {},
    onRoom: () => {},
    onHold: () => {},
  });
  const sent: ToChild[] = [];
  borrower.child = { isReady: true, send: (message) => sent.push(message), stop() {}, kill() {} };
  const entries: Entry[] = [];
  const stop = new AbortController();
  const stopped = once(stop.signal, 'abort');
  const visitor = async (visit: Visit) => {
    const entry = await visit.next();
    if (entry === undefined) return;
    entries.push(entry);
    if (entries.length === 1) await borrower.lend(visit, entry, false);
    else await stopped;
  };
  const working = engine.work(visitor, { concurrency: 1, drainMs: 0, worker: 'parent' }, stop.signal);
  t.after(async () => {
    stop.abort();
    await working;
    await engine.close();
  });
  await engine.submit(run, batchOf(0, urls(1)));
  await until(() => sent.some(({ kind }) => kind === 'lend'), 'a lent visit');

  const [page] = entries as [Entry];
  // The engine takes several turns of the event loop for so many links.
  const links = packLinks(found(page, urls(9_000)));
  const outcome = { verdict: 'ok' } as const;
  const ending = { kind: 'outcome', outcome, line: '{}' as never, found: links } as const;
  borrower.receive({ kind: 'settle', visit: 1, ending } satisfies BorrowerMessage);
  borrower.receive({ kind: 'want', visit: 1 });
  await borrower.died();

  await until(() => entries.length > 1, 'a visit after the death');
  assert.deepEqual(
    sent.filter(({ kind }) => kind === 'next'),
    [],
  );
  assert.ok(!deaths.isKnown(run, entries[1] as Entry), 'no death was counted');
});
