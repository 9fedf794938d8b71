import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CrawlOptions, crawl, type Outcome } from '../../../src/index.ts';
import { UsageError } from '../../../src/model/errors.ts';
import { scratchFolder } from '../../cli/run-cli.ts';
import { testRedis } from '../../helpers/redis-server.ts';
import { startSite } from '../../helpers/site.ts';
import { DEADLINE_MS } from '../../helpers/until.ts';

async function mapModule(t: TestContext, source: string): Promise<string> {
  const path = join(await scratchFolder(t), 'map.mjs');
  await writeFile(path, source);
  return path;
}

async function outcomesOf(options: CrawlOptions): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  for await (const outcome of crawl(options)) outcomes.set(new URL(outcome.url).pathname, outcome);
  return outcomes;
}

for (const engine of ['memory', 'redis'] as const) {
  const place = async () => (engine === 'memory' ? {} : { redis: await testRedis(), prefix: `map-${randomUUID()}` });

  test(`${engine}: map results are data, and a page whose map fails affects no other`, async (t) => {
    const site = await startSite((request, response) => {
      const path = request.url ?? '';
      const status = path === '/missing' ? 404 : path === '/moved' ? 302 : 200;
      response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8', Location: '/one?id=1' });
      response.end(`<title>${path}</title>`);
    });
    t.after(() => site.close());
    const map = await mapModule(
      t,
      `export async function map({ url, status, headers, $ }) {
         const path = new URL(url).pathname;
         if (path === '/throws') throw new Error('no title in "verdict":"ok","depth":7');
         if (path === '/exits') process.exit(1);
         if (path === '/nothing') return undefined;
         if (path === '/several') return [{ depth: 9, verdict: 'dns' }, 2];
         return [[$('title').text(), status, headers['content-type'], url.slice(url.lastIndexOf('/'))]];
       }`,
    );
    const paths = ['one', 'moved', 'missing', 'throws', 'exits', 'nothing', 'several'];
    const urls = [...paths, ...Array.from({ length: 50 }, (_, n) => `p${n}`)].map((path) => `${site.origin}/${path}`);
    const outcomes = await outcomesOf({ urls, map, mapTimeoutMs: DEADLINE_MS, ...(await place()) });
    const told = (path: string) => {
      const { verdict, ok, status, error, data, sizeBytes = 0 } = outcomes.get(path) as Outcome;
      return [verdict, ok, status, error?.code, data, sizeBytes > 0];
    };
    const type = 'text/html; charset=utf-8';
    assert.deepEqual(told('/one'), ['ok', true, 200, undefined, [['/one', 200, type, '/one']], true]);
    assert.deepEqual(told('/moved'), ['ok', true, 200, undefined, [['/one?id=1', 200, type, '/one?id=1']], true]);
    assert.deepEqual(told('/missing'), ['broken', false, 404, undefined, undefined, true]);
    assert.deepEqual(told('/throws'), ['map-failed', false, 200, 'MAP_THREW', undefined, true]);
    assert.deepEqual(told('/exits'), ['map-failed', false, 200, 'MAP_ENDED', undefined, true]);
    assert.deepEqual(told('/nothing'), ['ok', true, 200, undefined, undefined, true]);
    assert.deepEqual(told('/several'), ['ok', true, 200, undefined, [{ depth: 9, verdict: 'dns' }, 2], true]);
    for (let n = 0; n < 50; n++) assert.deepEqual(told(`/p${n}`), ['ok', true, 200, undefined, [[`/p${n}`, 200, type, `/p${n}`]], true]);
    assert.equal(site.hits.length, urls.length + 1, 'none was fetched again');
  });

  test(`${engine}: a map timeout fails its page, and the time does not count as latency`, async (t) => {
    const site = await startSite();
    t.after(() => site.close());
    const map = await mapModule(
      t,
      `export const map = ({ url }) => { if (url.endsWith('loops')) for (;;); return new Promise(() => {}); };`,
    );
    const urls = ['hangs', 'loops'].map((how) => `${site.origin}/get?${how}`);
    const beganMs = performance.now();
    const outcomes: Outcome[] = [];
    for await (const outcome of crawl({ urls, map, mapTimeoutMs: 300, ...(await place()) })) outcomes.push(outcome);
    const tookMs = performance.now() - beganMs;
    assert.deepEqual(
      outcomes.map(({ verdict, error }) => [verdict, error?.code]),
      Array(2).fill(['map-failed', 'MAP_TIMEOUT']),
    );
    for (const { latencyMs = 0 } of outcomes) assert.ok(latencyMs <= tookMs - 290, `${latencyMs} of ${tookMs} ms`);
    assert.equal(site.hits.length, urls.length, 'none was fetched again');
  });
}

test('leaving the outcome loop ends an endless map', async (t) => {
  const site = await startSite();
  t.after(() => site.close());
  const map = await mapModule(t, `export function map({ url }) { if (url.endsWith('n=1')) for (;;); }`);
  const urls = [`${site.origin}/get?n=0`, `${site.origin}/get?n=1`];
  for await (const outcome of crawl({ urls, map, mapTimeoutMs: 86_400_000 })) {
    assert.equal(outcome.url, urls[0]);
    break;
  }
});

test('an unusable map module rejects before anything is fetched', async (t) => {
  const site = await startSite();
  t.after(() => site.close());
  const urls = [`${site.origin}/get`];
  await assert.rejects(outcomesOf({ urls, map: 'nowhere.mjs' }), UsageError);
  await assert.rejects(outcomesOf({ urls, map: await mapModule(t, 'export const mop = 1') }), /exports no function map/);
  await assert.rejects(outcomesOf({ urls, mapTimeoutMs: 0 }), /mapTimeoutMs/);
  assert.equal(site.hits.length, 0);
});
