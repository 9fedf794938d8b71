import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent, request } from 'undici';
import { type Site, startSite } from './site.ts';

let site: Site;
const client = new Agent({ connections: 20 });

before(async () => {
  site = await startSite();
});

after(async () => {
  await client.close();
  await site.close();
});

async function get(path: string) {
  const { statusCode, headers, body } = await request(`${site.origin}${path}`, { dispatcher: client });
  return { status: statusCode, headers, text: await body.text() };
}

test('the front page lists pages that answer', async () => {
  const page = await get('/');
  assert.equal(page.status, 200);
  assert.match(String(page.headers['content-type']), /^text\/html/);
  assert.match(page.text, /<a href="\/delay\/2">/);
});

test('/get describes the request', async () => {
  const { args, url } = JSON.parse((await get('/get?a=1')).text) as { args: object; url: string };
  assert.deepEqual(args, { a: '1' });
  assert.equal(url, `${site.origin}/get?a=1`);
});

test('/status, /bytes and unknown pages answer as their path says', async () => {
  assert.equal((await get('/status/404')).status, 404);
  assert.equal((await get('/status/503')).status, 503);
  assert.deepEqual(await get('/status/204').then(({ status, text }) => ({ status, text })), { status: 204, text: '' });
  assert.equal((await get('/bytes/100000')).text.length, 100_000);
  assert.equal((await get('/bytes/0')).text, '');
  assert.equal((await get('/nowhere')).status, 404);
  assert.equal((await get('/constructor')).status, 404);
  assert.equal((await get('/delay/soon')).status, 400);
});

test('/redirect/N leads to /get in N steps', async () => {
  assert.equal((await get('/redirect/2')).headers.location, '/redirect/1');
  assert.equal((await get('/redirect/1')).headers.location, '/get');
});

test('/flaky/N/KEY fails N times for each key, then recovers', async () => {
  const statuses = [];
  for (let i = 0; i < 4; i++) statuses.push((await get('/flaky/2/a')).status);
  assert.deepEqual(statuses, [503, 503, 200, 200]);
  assert.equal((await get('/flaky/2/b')).status, 503);
});

test('/limited/KEY asks for a pause once, then answers', async () => {
  const first = await get('/limited/a');
  assert.deepEqual([first.status, first.headers['retry-after']], [429, '1']);
  assert.equal((await get('/limited/a')).status, 200);
});

test('/reset cuts the connection and /drip answers slowly', async () => {
  await assert.rejects(get('/reset'), { code: 'ECONNRESET' });
  const startedMs = performance.now();
  assert.equal((await get('/drip?bytes=3&everyMs=20')).text, '...');
  assert.ok(performance.now() - startedMs >= 55);
});

test('every request is recorded with target, nonce, connection and the number of parallel requests', async () => {
  const fresh = await startSite();
  const agent = new Agent({ connections: 3 });
  const urls = Array.from({ length: 6 }, (_, n) => `${fresh.origin}/delay/0.05?n=${n}`);
  await Promise.all(urls.map(async (url) => (await request(url, { dispatcher: agent })).body.dump()));
  assert.deepEqual(fresh.hits.map((hit) => hit.nonce).sort(), ['0', '1', '2', '3', '4', '5']);
  assert.equal(fresh.countOf('/delay/0.05?n=3'), 1);
  assert.equal(fresh.maxInProgress, 3);
  assert.equal(fresh.connections, 3);
  assert.deepEqual([...new Set(fresh.hits.map((hit) => hit.connection))].sort(), [1, 2, 3]);
  await agent.close();
  await fresh.close();
  await fresh.close();
  assert.equal(fresh.inProgress, 0);
});

test('a custom handler replaces the pages', async () => {
  const own = await startSite((_, response) => response.end('own'));
  assert.equal(await (await request(own.origin)).body.text(), 'own');
  assert.equal(own.hits.length, 1);
  await own.close();
});
