import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Batch } from '../../src/engine/batch.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { LoggedRows } from '../../src/engine/rules/logged-rows.ts';
import type { Entry } from '../../src/model/entry.ts';
import { formatOutcome } from '../../src/model/lines/outcome-line.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { seededRandom } from '../chaos/seeded-random.ts';
import { batchOf, collectAll, type FetchEntry, outcomeOf, runOptions, sorted, startCrew, until } from './crew.ts';
import { foundByHost, foundOn, randomGraph, reachableByHost, type SiteGraph } from './site-graph.ts';

const [A, B, C] = ['http://a.test/', 'http://b.test/', 'http://c.test/'] as const;
const [PAGE, BELOW, LAST, OTHER] = [`${B}page`, `${B}below`, `${B}last`, `${B}other`] as const;
/** All of these link to the page, two of them as an external URL. The pages below it link back. */
const SITE: SiteGraph = new Map([
  [A, [PAGE]],
  [B, [PAGE]],
  [C, [PAGE]],
  [OTHER, [PAGE]],
  [PAGE, [BELOW, A]],
  [BELOW, [LAST, `${A}elsewhere`]],
]);
const EXTERNAL = { depth: 1, external: true, request: { method: 'HEAD' } };
/** A document links to it. */
const LINKED = { linked: PAGE } as const;
const FROM_DOCUMENT = { depth: 0, external: true, request: { places: [], method: 'HEAD' } };

/** URLs of a list, or the link of a document. */
type Batched = readonly string[] | { readonly linked: string };

function batchOfEither(number: number, batched: Batched): Batch {
  if (!('linked' in batched)) return batchOf(number, batched, 1 + number);
  const line = JSON.stringify({ url: batched.linked, source: 'a.md', line: 1, places: [] });
  return { number, firstLine: 1, lines: [line], format: 'links' };
}

/** Tests for links that are external to one seed's scope and internal to another's, on every engine. */
export function externalContract(name: string, open: () => Promise<Engine>): void {
  describe(`${name} engine, external links`, () => {
    let engine: Engine;
    before(async () => {
      engine = await open();
    });
    after(() => engine.close());

    /** Each batch is submitted when everything found from the previous ones is settled. */
    const crawlInTurn = async (site: SiteGraph, depth: number, batches: readonly Batched[], logged?: LoggedRows) => {
      const fetched: Entry[] = [];
      const run = await engine.openRun(runOptions({ depth, checkExternal: true }));
      if (logged !== undefined) await engine.restore(run, logged);
      const fetchEntry = byHost(site);
      const crew = startCrew(engine, (entry, visit) => {
        fetched.push(entry);
        return fetchEntry(entry, visit);
      });
      for (const [number, seeds] of batches.entries()) {
        await engine.submit(run, batchOfEither(number, seeds));
        await until(async () => {
          const { accepted, discovered, settled, ...counts } = await engine.counts(run);
          return counts.batches === number + 1 && settled === accepted + discovered;
        }, 'what was found to be settled');
      }
      await engine.seal(run, batches.length);
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      const { accepted, duplicates, submitted, discovered, settled } = await engine.counts(run);
      assert.deepEqual([accepted + duplicates, settled], [submitted, accepted + discovered]);
      return { found: sorted(outcomes), fetched };
    };
    const waysTo = (url: string, fetched: readonly Entry[]) =>
      fetched
        .filter((entry) => entry.url === url)
        .map(({ depth, external, request, revisit }) => ({
          depth,
          ...(external && { external }),
          ...(request && { request }),
          ...(revisit && { revisit }),
        }));

    for (const depth of [3, 1_000]) {
      for (const [order, batches, ways] of [
        ['external first, then a link', [[A], [B]], [EXTERNAL, { depth: 1, revisit: true }]],
        ['a link first, then external', [[B], [A]], [{ depth: 1 }]],
        ['external first, then a seed', [[A], [PAGE]], [EXTERNAL, { depth: 0, revisit: true }]],
        ['a seed first, then external', [[PAGE], [A]], [{ depth: 0 }]],
        ['from a document first, then a link', [LINKED, [B]], [FROM_DOCUMENT, { depth: 1, revisit: true }]],
        ['from a document first, then a seed', [LINKED, [PAGE]], [FROM_DOCUMENT, { depth: 0, revisit: true }]],
        ['from a document first, then external', [LINKED, [A]], [FROM_DOCUMENT, { depth: 1, revisit: true }]],
        ['a seed first, then from a document', [[PAGE], LINKED], [{ depth: 0 }]],
      ] as const) {
        it(`are followed once when they are also found as internal URLs: ${order}, depth ${depth}`, async () => {
          const all = [...batches, [OTHER], [C]];
          const { found, fetched } = await crawlInTurn(SITE, depth, all);
          const seeds = all.flatMap((batched) => ('linked' in batched ? [] : batched));
          assert.deepEqual(found, [...reachableByHost(SITE, seeds, depth)].sort());
          assert.ok(found.includes(LAST));
          assert.deepEqual(waysTo(PAGE, fetched), ways);
        });
      }
    }

    for (const depth of [2, 16]) {
      it(`are not followed at the maximum depth, and are when found later at a lower depth: depth ${depth}`, async () => {
        const chain = Array.from({ length: depth + 2 }, (_, index) => `${B}${index}`);
        const [first, edge, beyond] = [chain[0], chain[depth], chain[depth + 1]] as [string, string, string];
        const site: SiteGraph = new Map([
          ...chain.slice(0, -1).map((url, index): [string, string[]] => [url, [chain[index + 1] as string]]),
          [A, [edge]],
          [OTHER, [edge]],
        ]);
        const far = await crawlInTurn(site, depth, [[A], [first]]);
        assert.deepEqual(far.found, [A, ...chain.slice(0, -1)].sort());
        assert.deepEqual(waysTo(edge, far.fetched), [EXTERNAL]);
        const near = await crawlInTurn(site, depth, [[A], [first], [OTHER]]);
        assert.deepEqual(near.found, [A, ...chain, OTHER].sort());
        assert.deepEqual(waysTo(edge, near.fetched), [EXTERNAL, { depth: 1, revisit: true }]);
        assert.equal(waysTo(beyond, near.fetched).length, 1);
      });

      it(`have the links of their page when they are found as internal URLs before they are fetched: depth ${depth}`, async () => {
        const run = await engine.openRun(runOptions({ depth, checkExternal: true, hostConcurrency: 2 }));
        const fetchEntry = byHost(SITE);
        const fetched: Entry[] = [];
        const crew = startCrew(engine, async (entry, visit) => {
          fetched.push(entry);
          if (entry.external && entry.url === PAGE) {
            await until(async () => (await engine.counts(run)).submitted === 2, 'the seed to come');
          }
          return fetchEntry(entry, visit);
        });
        await engine.submit(run, batchOf(0, [A]));
        await until(() => fetched.some(({ url }) => url === PAGE), 'the request for the page');
        await engine.submit(run, batchOf(1, [PAGE], 2));
        await engine.seal(run, 2);
        const { outcomes } = await collectAll(engine, run);
        await crew.stop();
        assert.deepEqual(sorted(outcomes), [...reachableByHost(SITE, [A, PAGE], depth)].sort());
        assert.deepEqual(waysTo(PAGE, fetched), [EXTERNAL, { depth: 0, revisit: true }]);
      });
    }

    for (const depth of [3, 1_000]) {
      for (const verdict of ['ok', 'broken', 'private-address'] as const) {
        it(`are followed when found as internal URLs, if an earlier log has their row: ${verdict}, depth ${depth}`, async () => {
          const row: Outcome = { ...ROW, url: PAGE, verdict, ok: verdict === 'ok' };
          for (const [batches, times] of [
            [[[A], [B], [C]], 1],
            [[[B], [A], [C]], 1],
            [[[A], [C]], 0],
          ] as const) {
            const logged = new LoggedRows();
            logged.add(formatOutcome(row));
            const { found, fetched } = await crawlInTurn(SITE, depth, batches, logged);
            assert.deepEqual([...found, PAGE].sort(), [...reachableByHost(SITE, batches.flat(), depth)].sort());
            assert.deepEqual(waysTo(PAGE, fetched), Array(times).fill({ depth: 1, revisit: true }));
          }
        });
      }

      it(`do not change the result, in any order and from any point of an earlier log: depth ${depth}`, async () => {
        const random = seededRandom(depth);
        const site = randomGraph(random, 120);
        const seeds = [...site.keys()].filter((_, index) => index % 13 < 2);
        const expected = [...reachableByHost(site, seeds, depth)].sort();
        const crawl = async (lines: readonly string[], concurrency: number, logged?: LoggedRows) => {
          const run = await engine.openRun(runOptions({ depth, checkExternal: true }));
          if (logged !== undefined) await engine.restore(run, logged);
          await engine.submit(run, batchOf(0, lines.slice(0, 7)));
          await engine.submit(run, batchOf(1, lines.slice(7), 8));
          await engine.seal(run, 2);
          const crew = startCrew(
            engine,
            byHost(site, () => random.next() < 0.2),
            { concurrency },
          );
          const { outcomes } = await collectAll(engine, run);
          await crew.stop();
          return outcomes;
        };
        for (const [lines, concurrency] of [
          [seeds, 1],
          [[...seeds].reverse(), 5],
        ] as const) {
          const outcomes = await crawl(lines, concurrency);
          assert.deepEqual(sorted(outcomes), expected);
          const logged = new LoggedRows();
          const kept = outcomes.filter(() => random.next() < 0.5);
          for (const row of kept) logged.add(formatOutcome(row));
          const rest = await crawl([...lines].reverse(), 5, logged);
          assert.deepEqual([...sorted(rest), ...sorted(kept)].sort(), expected);
        }
      });
    }
  });
}

const ROW = { schema: 1, run: 'earlier', method: 'HEAD', attempts: 1, depth: 1, finishedAt: '', external: true } as const;

/** Workers of a run that stays on each seed's host. Some fetches fail and are retried. */
function byHost(site: SiteGraph, fails: () => boolean = () => false): FetchEntry {
  return async (entry, visit) => {
    if (fails()) return { kind: 'retry', afterMs: 1, entry: { ...entry, attempts: entry.attempts + 1 } };
    if (entry.external) return { kind: 'outcome', outcome: outcomeOf(visit.run, entry, { method: 'HEAD', external: true }) };
    return foundOn(entry, visit, foundByHost(entry, site.get(entry.url) ?? []));
  };
}
