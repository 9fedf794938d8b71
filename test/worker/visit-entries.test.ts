import assert from 'node:assert/strict';
import { describe, it, type TestContext, test } from 'node:test';
import type { Ending } from '../../src/engine/ending.ts';
import type { Visit } from '../../src/engine/visit.ts';
import { PageBudget } from '../../src/fetch/body/page-budget.ts';
import { createFetcher, type FetcherOptions } from '../../src/fetch/fetcher.ts';
import type { Entry } from '../../src/model/entry.ts';
import { silentLog } from '../../src/model/log.ts';
import type { RunOptions } from '../../src/model/run-options.ts';
import type { Trial } from '../../src/model/unreachable-origin.ts';
import { Conditions } from '../../src/util/conditions.ts';
import { Capacity } from '../../src/worker/capacity.ts';
import { ChainSecrets } from '../../src/worker/chain-secrets.ts';
import { LinkFinder } from '../../src/worker/links/find-links.ts';
import { RunMaps } from '../../src/worker/map/run-maps.ts';
import { RobotsGate } from '../../src/worker/robots/robots-gate.ts';
import { visitEntries } from '../../src/worker/visit-entries.ts';
import { runOptions } from '../contracts/crew.ts';
import { startSite } from '../helpers/site.ts';

interface Setting {
  options: RunOptions;
  trial?: Trial;
  fetcher?: FetcherOptions;
  capacity?: Capacity;
  changes?: Partial<Entry>;
  budget?: PageBudget;
  onSettle?: () => void;
}

/** Visits one URL and returns the ending. */
async function visit(
  url: string,
  {
    options,
    trial = 'full',
    fetcher: fetcherOptions,
    capacity = roomy(),
    changes = {},
    budget = new PageBudget(1e9),
    onSettle = () => {},
  }: Setting,
): Promise<Ending | undefined> {
  const { href, origin } = new URL(url);
  const entry: Entry = { key: '0123456789abcdef', url: href, origin, depth: 0, attempts: 0, deferrals: 0, acceptedAtMs: 0, ...changes };
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
      onSettle();
    },
  } as Partial<Visit> as Visit;
  const fetcher = createFetcher({ shortages: capacity, ...fetcherOptions });
  const robots = new RobotsGate(fetcher, () => 0, silentLog);
  const finder = new LinkFinder(budget);
  const secrets = new ChainSecrets();
  const maps = new RunMaps({ concurrency: 1, alone: false, places: { root: '.', fetched: [] } }, silentLog);
  await visitEntries(oneVisit, {
    fetcher,
    worker: 'w',
    random: () => 0,
    robots,
    secrets,
    finder,
    budget,
    maps,
    capacity,
    alone: true,
    conditions: new Conditions(),
    log: silentLog,
  });
  await fetcher.close();
  capacity.close();
  return ending;
}

function roomy(): Capacity {
  return new Capacity({ concurrency: 1, alone: true }, silentLog);
}

test('an origin that is down has one second to answer, or the full timeout if entries are independent', async (t) => {
  const site = await startSite((_request, response) => setTimeout(() => response.end(), 1_200));
  t.after(() => site.close());
  const [brief, full] = await Promise.all([
    visit(site.origin, { options: runOptions(), trial: 'briefly' }),
    visit(site.origin, { options: runOptions({ independent: true }), trial: 'briefly' }),
  ]);
  assert.ok(brief?.kind === 'outcome' && full?.kind === 'outcome');
  assert.deepEqual([brief.outcome.verdict, full.outcome.verdict], ['timeout', 'ok']);
});

describe('a redirect with credentials that another process followed', () => {
  const chain = { home: 'http://a.test', redirects: [{ status: 302, url: 'http://a.test/' }], requests: 1, startedAtMs: 0, usedMs: 1 };

  it('restarts at its own URL to get them', async () => {
    const led = { origin: 'http://b.test', chain: { ...chain, url: 'http://b.test/', needsSecret: true as const } };
    const ending = await visit('http://a.test/', { options: runOptions(), changes: led });
    assert.ok(ending?.kind === 'moved');
    assert.deepEqual([ending.entry.origin, ending.entry.chain, ending.entry.deferrals], ['http://a.test', undefined, 1]);
    assert.equal(ending.entry.spentMs, 1, "the requests' time is not our own waiting");
  });

  it('continues without them if a restart could do harm or did not help often enough', async (t) => {
    const site = await startSite((_request, response) => {
      response.statusCode = 401;
      response.end();
    });
    t.after(() => site.close());
    const led = { origin: site.origin, chain: { ...chain, url: `${site.origin}/`, needsSecret: true as const } };
    for (const changes of [{ request: { method: 'POST' } }, { deferrals: 30 }]) {
      const ending = await visit('http://a.test/', { options: runOptions({ privateAddresses: 'allow' }), changes: { ...led, ...changes } });
      assert.ok(ending?.kind === 'outcome');
      assert.deepEqual([ending.outcome.status, ending.outcome.redirects?.length], [401, 1]);
    }
  });
});

describe('a redirect whose cookies are in another process', () => {
  const chain = { home: 'http://a.test', redirects: [{ status: 302, url: 'http://a.test/' }], requests: 1, startedAtMs: 0, usedMs: 1 };

  /** Visits an entry whose redirects have led to this path of a site that requires a cookie at `/wants`. */
  async function goOn(t: TestContext, path: string, changes: Partial<Entry> = {}) {
    const site = await startSite((request, response) => {
      response.statusCode = request.url === '/wants' ? 403 : request.url === '/busy' ? 429 : 200;
      response.end();
    });
    t.after(() => site.close());
    const led = { origin: site.origin, chain: { ...chain, url: site.origin + path, hasCookies: true as const } };
    return visit('http://a.test/', { options: runOptions({ privateAddresses: 'allow', retries: 0 }), changes: { ...led, ...changes } });
  }

  it('continues without them, and restarts only if that ends badly', async (t) => {
    const good = await goOn(t, '/');
    assert.deepEqual(good?.kind === 'outcome' && good.outcome.status, 200);
    const bad = await goOn(t, '/wants');
    assert.ok(bad?.kind === 'moved');
    assert.deepEqual([bad.entry.origin, bad.entry.chain, bad.entry.deferrals], ['http://a.test', undefined, 1]);
    const busy = await goOn(t, '/busy');
    assert.deepEqual(busy?.kind === 'outcome' && busy.outcome.status, 429);
  });

  it('keeps its outcome if a restart could do harm, or did not help three times', async (t) => {
    for (const changes of [{ request: { method: 'POST' } }, { deferrals: 3 }]) {
      const ending = await goOn(t, '/wants', changes);
      assert.deepEqual(ending?.kind === 'outcome' && ending.outcome.status, 403);
    }
  });
});

for (const robots of [false, true]) {
  const what = robots ? 'its robots.txt' : 'a URL';
  const options = runOptions({ robots, privateAddresses: 'allow' });
  const fetcher: FetcherOptions = { resolveHost: (_, answer) => answer(Object.assign(new Error('EMFILE'), { code: 'EMFILE' }), []) };

  test(`an entry goes back, and its origin is not blamed, while this machine cannot connect for ${what}`, async () => {
    assert.deepEqual(await visit('http://a.test/', { options, fetcher }), { kind: 'back' });
  });

  test(`an entry gets a row that names this machine's limit if it cannot connect for a long time for ${what}`, async () => {
    const capacity = new Capacity({ concurrency: 1, alone: true, hopelessAfterMs: 0 }, silentLog);
    const ending = await visit('http://a.test/', { options, fetcher, capacity });
    assert.ok(ending?.kind === 'outcome');
    const { verdict, attempts, error } = ending.outcome;
    assert.deepEqual([verdict, attempts, error?.code, ending.unreachable], ['crashed', 0, 'EMFILE', undefined]);
    assert.match(error?.message ?? '', /this machine cannot connect to a\.test:80.*ulimit -n/);
  });
}

test('a page with very many links takes a share of the page budget until the engine has them', async (t) => {
  const links = Array.from({ length: 5_000 }, (_, number) => `<a href="${number}">`).join('');
  const site = await startSite((_request, response) => response.setHeader('content-type', 'text/html').end(links));
  t.after(() => site.close());
  const budget = new PageBudget(1e9);
  let heldBytes = 0;
  const ending = await visit(site.origin, {
    options: runOptions({ depth: 1, privateAddresses: 'allow' }),
    budget,
    onSettle: () => {
      heldBytes = budget.usedBytes;
    },
  });
  assert.ok(ending?.kind === 'outcome' && ending.found?.entries.length === 5_000);
  assert.ok(heldBytes > 1_000_000, `${heldBytes} bytes`);
  assert.equal(budget.usedBytes, 0);
});

test('an entry that was moved for a redirected robots.txt waits for the end of a shortage, but not forever', async () => {
  const chain = { home: 'http://a.test', url: 'http://b.test/robots.txt', redirects: [], requests: 1, startedAtMs: 0, usedMs: 1 };
  const led = { origin: 'http://b.test', chain: { ...chain, errand: { origin: 'http://a.test', failures: 0 } } };
  const lack = Object.assign(new Error('EMFILE'), { code: 'EMFILE' });
  const endingOf = (severity: 'wait' | 'final') => {
    const shortages = { failed: () => severity, sent: () => {} };
    const fetcher: FetcherOptions = { shortages, resolveHost: (_, answer) => answer(lack, []) };
    return visit('http://a.test/', { options: runOptions({ robots: true }), changes: led, fetcher });
  };
  assert.equal((await endingOf('wait'))?.kind, 'back');
  const last = await endingOf('final');
  assert.ok(last?.kind === 'outcome');
  assert.deepEqual([last.outcome.verdict, last.outcome.error?.code], ['crashed', 'EMFILE']);
});
