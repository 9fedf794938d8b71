import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../../src/core/entry.ts';
import { silentLog } from '../../src/core/log.ts';
import { PageBudget } from '../../src/core/page-budget.ts';
import type { RunOptions } from '../../src/core/run-options.ts';
import type { Ending, Visit } from '../../src/engine/engine.ts';
import { createFetcher } from '../../src/fetch/fetcher.ts';
import { LinkFinder } from '../../src/worker/find-links.ts';
import { RobotsGate } from '../../src/worker/robots-gate.ts';
import { RunMaps } from '../../src/worker/run-maps.ts';
import { visitEntries } from '../../src/worker/visit-entries.ts';
import { runOptions } from '../contracts/crew.ts';
import { startSite } from '../helpers/site.ts';

/** Visits one URL of an origin that did not answer twenty times in a row, and gives the ending. */
async function visitAsDown(
  url: string,
  options: RunOptions,
  budget = new PageBudget(1e9),
  onSettle = () => {},
): Promise<Ending | undefined> {
  const { href, origin } = new URL(url);
  const entry: Entry = { key: '0123456789abcdef', url: href, origin, depth: 0, attempts: 0, deferrals: 0, acceptedAtMs: 0 };
  const entries = [entry];
  let ending: Ending | undefined;
  const visit: Visit = {
    run: 'r',
    options,
    signal: new AbortController().signal,
    nowMs: () => performance.now(),
    next: async () => entries.pop(),
    trial: () => 'briefly',
    started: () => {},
    settle: (_, given) => {
      ending = given;
      onSettle();
    },
  } as Partial<Visit> as Visit;
  const fetcher = createFetcher();
  const robots = new RobotsGate(fetcher, () => 0, silentLog);
  const finder = new LinkFinder(budget);
  const maps = new RunMaps(1, silentLog);
  await visitEntries(visit, { fetcher, worker: 'w', random: () => 0, robots, finder, budget, maps, alone: true, log: silentLog });
  await fetcher.close();
  return ending;
}

test('an origin that is down has a second to answer, or all of its time where entries are independent', async (t) => {
  const site = await startSite((_request, response) => setTimeout(() => response.end(), 1_200));
  t.after(() => site.close());
  const [brief, full] = await Promise.all([
    visitAsDown(site.origin, runOptions()),
    visitAsDown(site.origin, runOptions({ independent: true })),
  ]);
  assert.ok(brief?.kind === 'outcome' && full?.kind === 'outcome');
  assert.deepEqual([brief.outcome.verdict, full.outcome.verdict], ['timeout', 'ok']);
});

test('a page with very many links takes a share of the page budget until the engine has them', async (t) => {
  const links = Array.from({ length: 5_000 }, (_, number) => `<a href="${number}">`).join('');
  const site = await startSite((_request, response) => response.setHeader('content-type', 'text/html').end(links));
  t.after(() => site.close());
  const budget = new PageBudget(1e9);
  let heldBytes = 0;
  const ending = await visitAsDown(site.origin, runOptions({ depth: 1 }), budget, () => {
    heldBytes = budget.usedBytes;
  });
  assert.ok(ending?.kind === 'outcome' && ending.found?.entries.length === 5_000);
  assert.ok(heldBytes > 1_000_000, `${heldBytes} bytes`);
  assert.equal(budget.usedBytes, 0);
});
