import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Frontier } from '../../../src/engine/redis/frontier/frontier.ts';
import type { SettleMove } from '../../../src/engine/redis/frontier/scripts/settle.ts';
import { type PageLinks, packLinks } from '../../../src/engine/redis/frontier/wire-format.ts';
import { keysFor } from '../../../src/engine/redis/keys.ts';
import { openRedisEngine } from '../../../src/engine/redis/redis-engine.ts';
import { revisitOf } from '../../../src/engine/rules/revisit.ts';
import type { Entry } from '../../../src/model/entry.ts';
import { silentLog } from '../../../src/model/log.ts';
import type { RunOptions } from '../../../src/model/run-options.ts';
import { seededRandom } from '../../chaos/seeded-random.ts';
import { batchOf, collectAll, runOptions, sorted, startCrew } from '../../contracts/crew.ts';
import { found, foundOn, keyOf, linkFrom, randomGraph, reachable } from '../../contracts/site-graph.ts';
import { testRedis } from '../../helpers/redis-server.ts';

const LIMITS = { room: 50, mostOrigins: 16, tickets: 1, budgetMs: 250, maxUnreleased: 1_000 };
const SEED: Entry = {
  key: keyOf('http://a.test/'),
  url: 'http://a.test/',
  origin: 'http://a.test',
  depth: 0,
  attempts: 0,
  deferrals: 0,
  acceptedAtMs: 0,
};

/** A run with one seed, whose moves are made by hand. Each checkout uses its own ticket. */
async function openFrontier(t: TestContext, changes: Partial<RunOptions>) {
  const redis = new Redis(await testRedis());
  t.after(() => redis.quit());
  const frontier = new Frontier(redis, keysFor(`links-${randomUUID()}`));
  const options = runOptions(changes);
  await frontier.open('r', options);
  await frontier.push('r', 0, 'digest', [SEED], []);
  const checkout = async (ticket: number, starts = 1) =>
    (await frontier.checkout('r', ticket, `j${ticket}:${starts}:w`, options, LIMITS)).entries;
  const send = (ticket: number, page: Entry, links: PageLinks, starts = 1) => {
    const out: SettleMove = page.revisit ? { key: page.key, kind: 'revisited' } : { key: page.key, kind: 'ok', line: page.url };
    const packed = packLinks(page, links);
    const move: SettleMove = links.isPart ? { key: page.key, kind: 'found', found: packed } : { ...out, found: packed };
    return frontier.settle('r', ticket, `j${ticket}:${starts}:w`, options.hostConcurrency, [], [move]);
  };
  const counts = async () => {
    const { discovered, settled, inFlight, leftOut } = await frontier.counts('r');
    return { discovered, settled, inFlight, leftOut };
  };
  return { frontier, checkout, send, counts };
}

test('a fenced or repeated settle adds and counts no links', async (t) => {
  const { checkout, send, counts } = await openFrontier(t, { depth: 1, maxUrls: 3 });
  const [page] = (await checkout(0)) as [Entry];
  const links = found(page, ['http://a.test/1', 'http://b.test/', 'http://c.test/'], { nofollow: 2 });
  assert.equal((await send(0, page, links, 2)).fenced, true);
  assert.deepEqual(await counts(), { discovered: 0, settled: 0, inFlight: 1, leftOut: {} });
  const after = { discovered: 2, settled: 1, inFlight: 0, leftOut: { nofollow: 2, 'max-urls': 1 } };
  for (let times = 0; times < 2; times++) {
    await send(0, page, links);
    assert.deepEqual(await counts(), after);
  }
});

test('a page whose path gets shorter between two parts of its links reports them again at the new depth', async (t) => {
  const { checkout, send } = await openFrontier(t, { depth: 5 });
  const [home] = (await checkout(0)) as [Entry];
  await send(0, home, found(home, ['http://b.test/', 'http://c.test/']));
  const [far, near] = (await checkout(1)) as [Entry, Entry];
  const pageUrl = 'http://d.test/';
  await send(1, far, found(far, ['http://far.test/']));
  const [farther] = (await checkout(3)) as [Entry];
  await send(3, farther, found(farther, [pageUrl]));
  const [page] = (await checkout(4)) as [Entry];
  assert.deepEqual([page.url, page.depth], [pageUrl, 3]);

  const [first, second] = [linkFrom(page, 'http://e.test/1'), linkFrom(page, 'http://e.test/2')];
  const { part } = await send(4, page, { entries: [first], leftOut: {}, isPart: true });
  assert.deepEqual(part, { depth: 3, leftOut: {} });
  await send(1, near, found(near, [pageUrl]));
  const last: PageLinks = { entries: [], leftOut: {}, partsDepth: 3 };
  assert.deepEqual([(await send(4, page, last)).isNearer, (await send(4, page, last)).held], [true, 0]);
  for (const link of [first, second]) assert.equal((await send(4, page, { entries: [link], leftOut: {}, isPart: true })).part?.depth, 2);
  assert.equal((await send(4, page, { ...last, partsDepth: 2 })).isNearer, false);

  // The first has the depth of the long path in its payload, and its links get the depth of the short one.
  const below = (await checkout(5)) as Entry[];
  assert.deepEqual(
    below.map(({ url, depth }) => [url, depth]),
    [[first.url, 4]],
  );
  await send(5, below[0] as Entry, found(below[0] as Entry, ['http://f.test/']));
  const [leaf] = (await checkout(6)).filter(({ url }) => url === 'http://f.test/');
  const all = leaf === undefined ? await checkout(7) : [leaf];
  assert.deepEqual(
    all.map(({ url, depth }) => [url, depth]),
    [['http://f.test/', 4]],
  );
});

test('a seed that was first found as a link is refetched once, and a cancel drops the refetch without a row', async (t) => {
  const { frontier, checkout, send, counts } = await openFrontier(t, { depth: 2 });
  const [home] = (await checkout(0)) as [Entry];
  await send(0, home, found(home, ['http://b.test/']));
  const [page] = (await checkout(1)) as [Entry];
  await send(1, page, found(page, []));
  const seed: Entry = { ...page, depth: 0, line: 7 };
  delete seed.referrer;
  await frontier.push('r', 1, 'other', [seed], []);
  assert.deepEqual(await counts(), { discovered: 2, settled: 2, inFlight: 0, leftOut: {} });
  const [again] = (await checkout(2)) as [Entry];
  assert.deepEqual(again, revisitOf(seed));
  await frontier.steer('r', 'cancel');
  assert.equal((await frontier.settle('r', 2, 'j2:1:w', 10, [], [{ key: again.key, kind: 'revisited' }])).held, 0);
  assert.deepEqual(await counts(), { discovered: 1, settled: 2, inFlight: 0, leftOut: {} });
  assert.equal((await frontier.counts('r')).ended, true);
});

test('visits lost halfway do not change what is found', async (t) => {
  const url = await testRedis();
  const prefix = `links-${randomUUID()}`;
  const redis = new Redis(url);
  const engine = await openRedisEngine({ url, prefix, patience: 'always' }, silentLog);
  t.after(() => Promise.all([engine.close(), redis.quit()]));
  const frontier = new Frontier(redis, keysFor(prefix));
  const random = seededRandom(3);
  const site = randomGraph(random, 150);
  const options = runOptions({ depth: 15 });
  const run = await engine.openRun(options);
  const crew = startCrew(engine, async (entry, visit) => {
    await sleep(random.between(0, 4));
    return foundOn(entry, visit, found(entry, site.get(entry.url) ?? []));
  });
  let lost = 0;
  const killing = setInterval(async () => {
    const [ticket] = await redis.smembers(`{${prefix}}:run:${run}:held`);
    if (ticket === undefined) return;
    const held = (await redis.hget(`{${prefix}}:run:${run}:flight:${ticket}`, '_')) ?? '';
    const [, job, starts] = /^(.+):(\d+):/.exec(held) ?? [];
    if (job === undefined) return;
    const { kind } = await frontier.checkout(run, Number(ticket), `${job}:${Number(starts) + 1}:killer`, options, { ...LIMITS, room: 1 });
    if (kind !== 'gone') lost++;
  }, 20);
  await engine.submit(run, batchOf(0, ['http://a.test/0']));
  await engine.seal(run, 1);
  const { outcomes } = await collectAll(engine, run);
  clearInterval(killing);
  await crew.stop();
  assert.ok(lost > 1, `${lost} visits were lost`);
  assert.deepEqual(sorted(outcomes), [...reachable(site, ['http://a.test/0'], 15).keys()].sort());
  const { accepted, discovered, settled, inFlight } = await engine.counts(run);
  assert.deepEqual({ rows: accepted + discovered, settled, inFlight }, { rows: outcomes.length, settled: outcomes.length, inFlight: 0 });
});
