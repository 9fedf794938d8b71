import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Engine } from '../src/engine/engine.ts';
import { createMemoryEngine } from '../src/engine/memory/memory-engine.ts';
import { openRedisEngine } from '../src/engine/redis/redis-engine.ts';
import { silentLog } from '../src/model/log.ts';
import { seededRandom } from './chaos/seeded-random.ts';
import { type LinkedSite, linkedSite } from './helpers/linked-site.ts';
import { testRedis } from './helpers/redis-server.ts';
import { type Site, startSite } from './helpers/site.ts';
import { crawlLinks } from './worker/crawl-links.ts';

const SEED = 9;
const PAGES = 300;
const ALL = 1_000_000;

describe('a crawl of a site finds what a breadth-first search finds', () => {
  let [site, elsewhere]: Site[] = [];
  let linked: LinkedSite;
  before(async () => {
    elsewhere = await startSite({
      host: '127.0.0.2',
      handler: (_request, response) => void response.setHeader('content-type', 'text/html').end(`<a href="${site?.origin}/secret">x</a>`),
    });
    linked = linkedSite(seededRandom(SEED), PAGES, elsewhere.origin);
    site = await startSite(linked.handler);
  });
  after(() => Promise.all([site?.close(), elsewhere?.close()]));

  const redisEngines = async (count: number): Promise<Engine[]> => {
    const [url, prefix] = [await testRedis(), `crawl-site-${randomUUID()}`];
    return Promise.all(Array.from({ length: count }, () => openRedisEngine({ url, prefix, patience: 'always' }, silentLog)));
  };
  const SETTINGS = [
    { name: 'in memory, one at a time', concurrency: 1, open: async () => [createMemoryEngine()] },
    { name: 'in memory, 50 at a time', concurrency: 50, open: async () => [createMemoryEngine()] },
    { name: 'on Redis, one worker', concurrency: 10, open: () => redisEngines(1) },
    { name: 'on Redis, four workers', concurrency: 5, open: () => redisEngines(4) },
  ];
  for (const { name, concurrency, open } of SETTINGS) {
    for (const depth of [2, 12, ALL]) {
      it(`${name}, ${depth === ALL ? 'all of it' : `${depth} links deep`}`, async () => {
        const [engine, ...others] = (await open()) as [Engine, ...Engine[]];
        const asked = site?.countOf('/robots.txt') ?? 0;
        const { verdicts, counts } = await crawlLinks(
          [`${site?.origin}/`],
          { depth, robots: true, privateAddresses: 'allow' },
          { engine, others, concurrency },
        );
        await Promise.all([engine, ...others].map((each) => each.close()));
        assert.deepEqual(verdicts, linked.reference(depth));
        assert.equal((site?.countOf('/robots.txt') ?? 0) - asked, 1, 'robots.txt is fetched once');
        assert.deepEqual([counts.ended, counts.settled, counts.accepted + counts.discovered], [true, verdicts.length, verdicts.length]);
      });
    }
  }
});
