import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../../src/engine/engine.ts';
import { LoggedRows } from '../../src/engine/rules/logged-rows.ts';
import type { RunCounts } from '../../src/engine/run-counts.ts';
import type { Visit } from '../../src/engine/visit.ts';
import type { Entry } from '../../src/model/entry.ts';
import { formatOutcome } from '../../src/model/lines/outcome-line.ts';
import type { RunId } from '../../src/model/run-id.ts';
import { seededRandom } from '../chaos/seeded-random.ts';
import { batchOf, collectAll, done, type FetchEntry, outcomeOf, runOptions, sorted, startCrew, until } from './crew.ts';
import { found, foundOn, randomGraph, reachable, type SiteGraph } from './site-graph.ts';

const HOME = 'http://a.test/0';
const SITE = randomGraph(seededRandom(6), 200);

/** Defines correct behaviour for links. Engines from different `open` calls share nothing. */
export function linksContract(name: string, open: () => Promise<Engine>): void {
  describe(`${name} engine, links`, () => {
    let engine: Engine;
    before(async () => {
      engine = await open();
    });
    after(() => engine.close());

    const begin = async (changes: Parameters<typeof runOptions>[0], seeds: readonly string[] = [HOME]): Promise<RunId> => {
      const run = await engine.openRun(runOptions(changes));
      await engine.submit(run, batchOf(0, seeds));
      await engine.seal(run, 1);
      return run;
    };
    const crawl = async (run: RunId, fetchEntry: FetchEntry, concurrency = 10) => {
      const crew = startCrew(engine, fetchEntry, { concurrency });
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      const counts = await engine.counts(run);
      checkBooks(counts, outcomes.length);
      return { outcomes, counts, fetches: crew.fetches };
    };

    for (const depth of [1, 2, 3, 15, 1_000]) {
      it(`finds what a breadth-first search finds, in any order and with any number of workers: depth ${depth}`, async () => {
        const run = await begin({ depth });
        const fetchEntry = troubled(SITE, depth);
        const other = startCrew(engine, fetchEntry, { concurrency: 3, worker: 'other' });
        const { outcomes } = await crawl(run, fetchEntry, 5);
        await other.stop();
        assert.deepEqual(sorted(outcomes), [...reachable(SITE, [HOME], depth).keys()].sort());
      });
    }

    it('finds everything within the depth by a short path, even if a longer one was faster, with one row per page', async () => {
      const chain = ['far/1', 'far/2', 'far/3', 'page'].map((path) => `http://a.test/${path}`);
      const [page, slow] = [chain[3] as string, 'http://slow.test/'];
      const below = [1, 2, 3, 4].map((index) => `http://a.test/below/${index}`);
      const site: SiteGraph = new Map([
        [HOME, [chain[0] as string, slow]],
        [slow, [page]],
        ...[...chain, ...below].map((url, index, all): [string, string[]] => [
          url,
          index + 1 === all.length ? [] : [all[index + 1] as string],
        ]),
      ]);
      const run = await begin({ depth: 5 });
      let metLast = () => {};
      const last = new Promise<void>((resolve) => {
        metLast = resolve;
      });
      const { outcomes, counts, fetches } = await crawl(run, async (entry, visit) => {
        if (entry.url === slow) await last;
        // The last page within reach of the long path.
        if (entry.url === below[0]) metLast();
        return foundOn(entry, visit, found(entry, site.get(entry.url) ?? []));
      });
      assert.deepEqual(sorted(outcomes), [...reachable(site, [HOME], 5).keys()].sort());
      assert.ok(sorted(outcomes).includes(below[2] as string), 'five links by the short way');
      assert.equal(fetches.filter(({ url }) => url === page).length, 2, 'the page once more');
      assert.equal(counts.discovered, outcomes.length - 1);
    });

    it('corrects the depth when the shorter path starts at a later seed', async () => {
      const site: SiteGraph = new Map([
        [HOME, ['http://a.test/page']],
        ['http://a.test/page', ['http://a.test/below']],
        ['http://a.test/below', []],
      ]);
      const run = await engine.openRun(runOptions({ depth: 1 }));
      const crew = startCrew(engine, async (entry, visit) => foundOn(entry, visit, found(entry, site.get(entry.url) ?? [])));
      await engine.submit(run, batchOf(0, [HOME]));
      await until(async () => (await engine.counts(run)).settled === 2, 'home and its page');
      await engine.submit(run, batchOf(1, ['http://a.test/page'], 2));
      await engine.seal(run, 2);
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      assert.deepEqual(sorted(outcomes), [...site.keys()].sort());
      const { submitted, accepted, duplicates, discovered } = await engine.counts(run);
      assert.deepEqual({ submitted, accepted, duplicates, discovered }, { submitted: 2, accepted: 1, duplicates: 1, discovered: 2 });
    });

    it('passes links on with all their fields', async () => {
      const run = await begin({ depth: 2 });
      const seen: Entry[] = [];
      const given = { hostNamed: true, root: 'http://a.test/"0"/', referrer: HOME } as const;
      let page: Entry | undefined;
      await crawl(run, async (entry, visit) => {
        if (entry.depth > 0) {
          seen.push(entry);
          return done(visit, entry);
        }
        page = entry;
        const [inside, outside, plain] = found(entry, ['http://a.test/x?"\\\u00e9', 'https://b.test:81/', 'http://[::1]:82/y']).entries;
        const links = [{ ...inside, ...given }, { ...outside, external: true, root: given.root }, plain] as Entry[];
        return foundOn(entry, visit, { entries: links, leftOut: {} });
      });
      const { acceptedAtMs } = page as Entry;
      const common = { depth: 1, attempts: 0, deferrals: 0, acceptedAtMs, referrer: HOME };
      const byUrl = (a: { url: string }, b: { url: string }) => (a.url < b.url ? -1 : 1);
      assert.deepEqual(
        seen.map(({ key: _, ...entry }) => entry).sort(byUrl),
        [
          { ...common, url: 'http://[::1]:82/y', origin: 'http://[::1]:82' },
          { ...common, ...given, url: 'http://a.test/x?"\\\u00e9', origin: 'http://a.test' },
          { ...common, url: 'https://b.test:81/', origin: 'https://b.test:81', external: true as const, root: given.root },
        ].sort(byUrl),
      );
    });

    it('counts skipped links by reason; a link beyond the depth counts only if its URL was not found before', async () => {
      const run = await begin({ depth: 1 });
      const { counts } = await crawl(run, async (entry, visit) => {
        if (entry.url === HOME)
          return foundOn(entry, visit, found(entry, [HOME, 'http://a.test/1', 'http://a.test/2'], { nofollow: 3, 'out-of-scope': 2 }));
        return foundOn(entry, visit, found(entry, [HOME, 'http://a.test/1', 'http://a.test/deeper'], { nofollow: 1 }));
      });
      assert.deepEqual(counts.leftOut, { nofollow: 5, 'out-of-scope': 2, depth: 2 });
      assert.equal(counts.discovered, 2);
    });

    it('skips links beyond the limits, but never seeds or URLs that were already accepted', async () => {
      const many = (host: string) => Array.from({ length: 10 }, (_, index) => `http://${host}/${index}`);
      const seeds = ['http://a.test/0', 'http://a.test/1', 'http://b.test/0'];
      const fetchEntry: FetchEntry = async (entry, visit) =>
        foundOn(entry, visit, found(entry, entry.depth === 0 ? [...many('a.test'), ...many('b.test'), ...many('c.test')] : []));
      const least = await crawl(await begin({ depth: 1, maxUrls: 2 }, seeds), fetchEntry);
      assert.deepEqual([sorted(least.outcomes), least.counts.leftOut], [[...seeds].sort(), { 'max-urls': 3 * 27 }]);
      const some = await crawl(await begin({ depth: 1, maxUrls: 8 }, seeds), fetchEntry, 1);
      assert.deepEqual([some.outcomes.length, some.counts.leftOut], [8, { 'max-urls': 3 * 22 }]);
      const byHost = await crawl(await begin({ depth: 1, maxUrlsPerHost: 4 }, seeds), fetchEntry);
      const hosts = ['a', 'b', 'c'].map((host) => byHost.outcomes.filter(({ url }) => url.startsWith(`http://${host}.`)).length);
      assert.deepEqual([hosts, byHost.counts.leftOut], [[4, 4, 4], { 'max-urls-per-host': 3 * 18 }]);
    });

    it('ignores links from a retry, a give-back or a cancelled visit', async () => {
      const run = await begin({ depth: 3 });
      const taken: Visit[] = [];
      let goOn = () => {};
      const held = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      const crew = startCrew(engine, async (entry, visit) => {
        taken.push(visit);
        await held;
        return foundOn(entry, visit, found(entry, ['http://a.test/1', 'http://a.test/2'], { nofollow: 1 }));
      });
      await until(() => taken.length === 1, 'the seed to be fetched');
      await engine.cancel(run);
      goOn();
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      assert.deepEqual(
        outcomes.map(({ verdict }) => verdict),
        ['ok'],
      );
      const counts = await engine.counts(run);
      assert.deepEqual([counts.discovered, counts.leftOut], [0, {}]);
    });

    it('ends a cancelled run with one row per URL and no row for pages waiting for a refetch', async () => {
      for (const after of [5, 40, 120]) {
        const run = await begin({ depth: 15 });
        let fetched = 0;
        const site = troubled(SITE, 15);
        const { outcomes } = await crawl(run, async (entry, visit) => {
          if (++fetched === after) await engine.cancel(run);
          return site(entry, visit);
        });
        assert.equal(new Set(sorted(outcomes)).size, outcomes.length);
        assert.ok(outcomes.some(({ verdict }) => verdict === 'cancelled'));
      }
    });

    it('resumes from the log of an earlier engine: logged URLs get no second row, and their links are found', async () => {
      const depth = 3;
      const first = await crawl(await begin({ depth }), troubled(SITE, depth));
      const random = seededRandom(7);
      const logged = new LoggedRows();
      const kept = first.outcomes.filter(() => random.next() < 0.5);
      for (const row of kept) logged.add(formatOutcome(row));
      const run = await engine.openRun(runOptions({ depth }));
      await engine.restore(run, logged);
      await engine.submit(run, batchOf(0, [HOME]));
      await engine.seal(run, 1);
      const crew = startCrew(engine, troubled(SITE, depth));
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      assert.deepEqual([...sorted(outcomes), ...sorted(kept)].sort(), [...reachable(SITE, [HOME], depth).keys()].sort());
      const { settled, accepted, discovered } = await engine.counts(run);
      assert.deepEqual([settled, accepted + discovered], [first.outcomes.length, first.outcomes.length]);
    });

    it('counts logged URLs towards the limits and skips none of them', async () => {
      const links = ['a', 'b', 'c', 'd', 'e'].map((path) => `http://a.test/${path}`);
      const site: FetchEntry = async (entry, visit) => foundOn(entry, visit, found(entry, entry.url === HOME ? links : []));
      for (const limit of [{ maxUrls: 4 }, { maxUrlsPerHost: 1, maxUrls: 4 }]) {
        const logged = new LoggedRows();
        // The last links already have rows: an earlier engine found them in a different order.
        for (const url of [HOME, ...links.slice(3)]) {
          const row = {
            schema: 1,
            run: 'earlier',
            url,
            method: 'GET',
            verdict: 'ok',
            ok: true,
            attempts: 1,
            depth: 0,
            finishedAt: '',
          } as const;
          logged.add(formatOutcome({ ...row, links: url === HOME ? 5 : 0 }));
        }
        const run = await engine.openRun(runOptions({ depth: 2, ...limit }));
        await engine.restore(run, logged);
        // Restoring a row twice counts it once.
        await engine.restore(run, logged);
        await engine.submit(run, batchOf(0, [HOME]));
        await engine.seal(run, 1);
        const crew = startCrew(engine, site);
        const { outcomes } = await collectAll(engine, run);
        await crew.stop();
        const isHostFull = 'maxUrlsPerHost' in limit;
        assert.deepEqual(sorted(outcomes), isHostFull ? [] : [links[0]]);
        const { accepted, discovered, settled, leftOut } = await engine.counts(run);
        const urls = isHostFull ? 3 : 4;
        assert.deepEqual(
          [accepted + discovered, settled, leftOut],
          [urls, urls, isHostFull ? { 'max-urls-per-host': 3 } : { 'max-urls': 2 }],
        );
      }
    });

    it('follows a logged page that was first found at the maximum depth and then by a shorter path', async () => {
      const [far, slow, page, below] = ['far', 'slow', 'page', 'below'].map((path) => `http://${path}.test/`) as [
        string,
        string,
        string,
        string,
      ];
      const site: SiteGraph = new Map([
        [HOME, [far, slow]],
        [far, ['http://farther.test/']],
        ['http://farther.test/', [page]],
        [slow, [page]],
        [page, [below]],
      ]);
      const logged = new LoggedRows();
      const row = {
        schema: 1,
        run: 'earlier',
        url: page,
        method: 'GET',
        verdict: 'ok',
        ok: true,
        attempts: 1,
        depth: 3,
        finishedAt: '',
        links: 1,
      } as const;
      logged.add(formatOutcome(row));
      const run = await engine.openRun(runOptions({ depth: 3 }));
      await engine.restore(run, logged);
      await engine.submit(run, batchOf(0, [HOME]));
      await engine.seal(run, 1);
      const crew = startCrew(engine, async (entry, visit) => {
        // The page is found by the long path, and counted, before this one links to it.
        if (entry.url === slow) await until(async () => (await engine.counts(run)).settled === 4, 'the page to be met');
        return foundOn(entry, visit, found(entry, site.get(entry.url) ?? []));
      });
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      assert.deepEqual(sorted(outcomes), [HOME, far, 'http://farther.test/', slow, below].sort());
    });

    it('accepts a page with very many links', async () => {
      const many = Array.from({ length: 50_000 }, (_, index) => `http://a.test/many/${index}`);
      const run = await begin({ depth: 1, maxUrls: 201 });
      const { outcomes, counts } = await crawl(run, async (entry, visit) => {
        return foundOn(entry, visit, found(entry, entry.url === HOME ? many : [], { nofollow: 1 }));
      });
      assert.deepEqual(sorted(outcomes), [HOME, ...many.slice(0, 200)].sort());
      assert.deepEqual(counts.leftOut, { nofollow: 201, 'max-urls': 49_800 });
    });

    it('only revisits entries that already have their row', async () => {
      const run = await begin({ depth: 1 });
      const refused: unknown[] = [];
      const crew = startCrew(engine, async (entry, visit) => {
        try {
          visit.settle(entry, { kind: 'revisited' });
        } catch (error) {
          refused.push(error);
        }
        return { kind: 'outcome', outcome: outcomeOf(visit.run, entry) };
      });
      assert.equal((await collectAll(engine, run)).outcomes.length, 1);
      await crew.stop();
      assert.equal(refused.length, 1);
    });
  });
}

/** Fetches take time, fail, and are given back, but each page is fetched in the end. */
function troubled(site: SiteGraph, seed: number): FetchEntry {
  const random = seededRandom(seed);
  return async (entry, visit) => {
    if (random.next() < 0.5) await sleep(random.between(0, 3));
    const roll = random.next();
    if (roll < 0.05) return { kind: 'back' };
    if (roll < 0.15) return { kind: 'retry', afterMs: random.between(0, 5), entry: { ...entry, attempts: entry.attempts + 1 } };
    return foundOn(entry, visit, found(entry, site.get(entry.url) ?? []));
  };
}

function checkBooks(counts: RunCounts, rows: number): void {
  const { accepted, discovered, settled, ok, failed, skipped, inFlight, ended } = counts;
  assert.deepEqual(
    { rows, settled, inFlight, ended },
    { rows: accepted + discovered, settled: ok + failed + skipped, inFlight: 0, ended: true },
  );
}
