import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { Frontier } from '../../../src/engine/redis/frontier/frontier.ts';
import { packLinks } from '../../../src/engine/redis/frontier/wire-format.ts';
import { keysFor } from '../../../src/engine/redis/keys.ts';
import { revisitOf } from '../../../src/engine/rules/revisit.ts';
import type { Entry } from '../../../src/model/entry.ts';
import { runOptions } from '../../contracts/crew.ts';
import { externalFrom, found, keyOf } from '../../contracts/site-graph.ts';
import { testRedis } from '../../helpers/redis-server.ts';

const LIMITS = { room: 1_000, mostOrigins: 16, tickets: 1, budgetMs: 250, maxUnreleased: 10_000_000 };
const FIRST_LEVEL = 1_500_000;

function seed(path: string): Entry {
  const url = `http://a.test/${path}`;
  return { key: keyOf(url), url, origin: 'http://a.test', depth: 0, attempts: 0, deferrals: 0, acceptedAtMs: 0 };
}

for (const depth of [0, 3, 20]) {
  test(`URLs beyond the first 1.5 million are recognised like those before, and all are removed: depth ${depth}`, async (t) => {
    const redis = new Redis(await testRedis());
    t.after(() => redis.quit());
    const prefix = `seen-${randomUUID()}`;
    const frontier = new Frontier(redis, keysFor(prefix));
    await frontier.open('r', runOptions({ depth }));
    const early = Array.from({ length: 50 }, (_, index) => seed(`early/${index}`));
    const late = Array.from({ length: 50 }, (_, index) => seed(`late/${index}`));
    let batches = 0;
    const accepts = async (entries: readonly Entry[]) => {
      const { accepted } = await frontier.counts('r');
      await frontier.push('r', batches, `digest ${batches++}`, entries, []);
      return (await frontier.counts('r')).accepted - accepted;
    };
    const buckets = async (digits: number) => (await redis.keys(`{${prefix}}:run:r:seen:${'?'.repeat(digits)}`)).length;
    assert.equal(await accepts(early), 50);
    assert.deepEqual([(await buckets(3)) > 40, await buckets(4)], [true, 0]);
    await redis.hincrby(`{${prefix}}:run:r:counts`, 'accepted', FIRST_LEVEL);
    assert.equal(await accepts([...early, ...late]), 50);
    assert.ok((await buckets(4)) > 40);
    assert.equal(await accepts([...early, ...late]), 0);
    await frontier.forgetSeen('r');
    assert.deepEqual([await buckets(3), await buckets(4)], [0, 0]);
  });
}

test('a page is found by its shortest path, whichever filter level holds it', async (t) => {
  const redis = new Redis(await testRedis());
  t.after(() => redis.quit());
  const prefix = `seen-${randomUUID()}`;
  const frontier = new Frontier(redis, keysFor(prefix));
  const options = runOptions({ depth: 3, hostConcurrency: 1 });
  await frontier.open('r', options);
  await frontier.push('r', 0, 'digest', [seed('home')], []);
  const visit = async (ticket: number, links: readonly string[]) => {
    const token = `j${ticket}:1:w`;
    const { entries } = await frontier.checkout('r', ticket, token, options, LIMITS);
    const moves = entries.map((page) => {
      return { key: page.key, kind: 'ok' as const, line: page.url, found: packLinks(page, found(page, links)) };
    });
    await frontier.settle('r', ticket, token, options.hostConcurrency, [], moves);
    return entries;
  };
  await visit(0, ['http://a.test/early']);
  await redis.hincrby(`{${prefix}}:run:r:counts`, 'accepted', FIRST_LEVEL);
  await visit(1, ['http://a.test/late', 'http://a.test/home']);
  await visit(2, []);
  await frontier.push('r', 1, 'other', [seed('late'), seed('early'), seed('home')], []);
  const again = (await visit(3, [])).map(({ key }) => key);
  assert.deepEqual(
    again,
    [seed('late'), seed('early')].map((entry) => revisitOf(entry).key),
  );
});

for (const depth of [3, 20]) {
  test(`external URLs are recognised, and followed once when they are seeds too, at any filter level: depth ${depth}`, async (t) => {
    const redis = new Redis(await testRedis());
    t.after(() => redis.quit());
    const prefix = `seen-${randomUUID()}`;
    const frontier = new Frontier(redis, keysFor(prefix));
    const options = runOptions({ depth, checkExternal: true, hostConcurrency: 1 });
    await frontier.open('r', options);
    await frontier.push('r', 0, 'digest', [seed('home')], []);
    let tickets = 0;
    const visit = async (links: readonly string[]) => {
      const token = `j${tickets}:1:w`;
      const { entries } = await frontier.checkout('r', tickets, token, options, LIMITS);
      const moves = entries.map((page) => {
        const external = { entries: links.map((link) => externalFrom(page, `http://a.test/${link}`)), leftOut: {} };
        return { key: page.key, kind: 'ok' as const, line: page.url, ...(!page.external && { found: packLinks(page, external) }) };
      });
      await frontier.settle('r', tickets++, token, options.hostConcurrency, [], moves);
      return entries.map(({ key, external }) => [key, external]);
    };
    const linked = (path: string) => [[seed(path).key, true]];
    assert.deepEqual(await visit(['early', 'home']), [[seed('home').key, undefined]]);
    assert.deepEqual(await visit([]), linked('early'));
    await redis.hincrby(`{${prefix}}:run:r:counts`, 'accepted', FIRST_LEVEL);
    await frontier.push('r', 1, 'digest', [seed('other')], []);
    assert.deepEqual(await visit(['late', 'early']), [[seed('other').key, undefined]]);
    assert.deepEqual(await visit([]), linked('late'));
    const encodings = async () => {
      const buckets = await redis.keys(`{${prefix}}:run:r:seen:*`);
      return new Set(await Promise.all(buckets.map((bucket) => redis.object('ENCODING', bucket))));
    };
    assert.deepEqual(await encodings(), new Set(['intset']));
    for (const again of [true, false]) {
      await frontier.push('r', again ? 2 : 3, 'digest', [seed('late'), seed('early'), seed('home')], []);
      const keys = ['late', 'early'].map((path) => [revisitOf(seed(path)).key, undefined]);
      assert.deepEqual(await visit([]), again ? keys : []);
    }
    assert.deepEqual(await encodings(), new Set(['intset']));
    const members = await Promise.all((await redis.keys(`{${prefix}}:run:r:seen:*`)).map((bucket) => redis.scard(bucket)));
    assert.equal(
      members.reduce((sum, count) => sum + count, 0),
      4,
      'one member for each key',
    );
  });
}
