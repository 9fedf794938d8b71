import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../../src/core/entry.ts';
import { silentLog } from '../../src/core/log.ts';
import type { RunOptions } from '../../src/core/run-options.ts';
import type { Trial } from '../../src/core/unreachable-origin.ts';
import type { Ending, Visit } from '../../src/engine/engine.ts';
import { createFetcher, type FetcherOptions } from '../../src/fetch/fetcher.ts';
import { Capacity } from '../../src/worker/capacity.ts';
import { LinkFinder } from '../../src/worker/find-links.ts';
import { RobotsGate } from '../../src/worker/robots-gate.ts';
import { RunMaps } from '../../src/worker/run-maps.ts';
import { visitEntries } from '../../src/worker/visit-entries.ts';
import { runOptions } from '../contracts/crew.ts';
import { startSite } from '../helpers/site.ts';

interface Setting {
  options: RunOptions;
  trial?: Trial;
  fetcher?: FetcherOptions;
  capacity?: Capacity;
}

/** Visits one URL, and gives the ending. */
async function visit(
  url: string,
  { options, trial = 'full', fetcher: fetcherOptions, capacity = roomy() }: Setting,
): Promise<Ending | undefined> {
  const { href, origin } = new URL(url);
  const entry: Entry = { key: '0123456789abcdef', url: href, origin, depth: 0, attempts: 0, deferrals: 0, acceptedAtMs: 0 };
  const entries = [entry];
  let ending: Ending | undefined;
  const oneVisit: Visit = {
    run: 'r',
    options,
    signal: new AbortController().signal,
    nowMs: () => performance.now(),
    next: async () => entries.pop(),
    trial: () => trial,
    started: () => {},
    robots: async () => ({ kind: 'yours' }),
    keepRobots: async () => {},
    settle: (_, given) => {
      ending = given;
    },
  } as Partial<Visit> as Visit;
  const fetcher = createFetcher({ shortages: capacity, ...fetcherOptions });
  const robots = new RobotsGate(fetcher, () => 0, silentLog);
  const finder = new LinkFinder();
  const maps = new RunMaps(1, silentLog);
  await visitEntries(oneVisit, { fetcher, worker: 'w', random: () => 0, robots, finder, maps, capacity, alone: true, log: silentLog });
  await fetcher.close();
  capacity.close();
  return ending;
}

function roomy(): Capacity {
  return new Capacity({ concurrency: 1, alone: true }, silentLog);
}

test('an origin that is down has a second to answer, or all of its time where entries are independent', async (t) => {
  const site = await startSite((_request, response) => setTimeout(() => response.end(), 1_200));
  t.after(() => site.close());
  const [brief, full] = await Promise.all([
    visit(site.origin, { options: runOptions(), trial: 'briefly' }),
    visit(site.origin, { options: runOptions({ independent: true }), trial: 'briefly' }),
  ]);
  assert.ok(brief?.kind === 'outcome' && full?.kind === 'outcome');
  assert.deepEqual([brief.outcome.verdict, full.outcome.verdict], ['timeout', 'ok']);
});

for (const robots of [false, true]) {
  const what = robots ? 'its robots.txt' : 'a URL';
  const options = runOptions({ robots, privateAddresses: 'allow' });
  const fetcher: FetcherOptions = { resolveHost: (_, answer) => answer(Object.assign(new Error('EMFILE'), { code: 'EMFILE' }), []) };

  test(`an entry goes back, and its origin is not blamed, while this machine cannot connect for ${what}`, async () => {
    assert.deepEqual(await visit('http://a.test/', { options, fetcher }), { kind: 'back' });
  });

  test(`an entry gets a row that names this machine's limit when it can in the long run not connect for ${what}`, async () => {
    const capacity = new Capacity({ concurrency: 1, alone: true, hopelessAfterMs: 0 }, silentLog);
    const ending = await visit('http://a.test/', { options, fetcher, capacity });
    assert.ok(ending?.kind === 'outcome');
    const { verdict, attempts, error } = ending.outcome;
    assert.deepEqual([verdict, attempts, error?.code, ending.unreachable], ['crashed', 0, 'EMFILE', undefined]);
    assert.match(error?.message ?? '', /this machine cannot connect to a\.test:80.*ulimit -n/);
  });
}
