import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { type CrawlOptions, crawl, type Outcome } from '../src/index.ts';
import { UsageError } from '../src/model/errors.ts';
import { testRedis } from './helpers/redis-server.ts';
import { startSite } from './helpers/site.ts';
import { until } from './helpers/until.ts';

async function all(options: CrawlOptions): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for await (const outcome of crawl(options)) outcomes.push(outcome);
  return outcomes;
}

for (const engine of ['memory', 'redis'] as const) {
  const place = async () => (engine === 'memory' ? {} : { redis: await testRedis(), prefix: `library-${randomUUID()}` });

  test(`${engine}: each distinct URL gives one outcome, and the return value has the counts`, async (t) => {
    const site = await startSite();
    t.after(() => site.close());
    const urls = Array.from({ length: 300 }, (_, index) => `${site.origin}/get?page=${index}`);
    const crawling = crawl({ urls: [...urls, ...urls.slice(0, 7), 'no url'], concurrency: 4, ...(await place()) });
    const outcomes: Outcome[] = [];
    let step = await crawling.next();
    for (; !step.done; step = await crawling.next()) outcomes.push(step.value);
    assert.deepEqual(outcomes.map(({ url }) => url).sort(), [...urls, 'no url'].sort());
    assert.equal(outcomes.filter(({ verdict }) => verdict === 'ok').length, 300);
    assert.equal(outcomes.find(({ url }) => url === 'no url')?.line, 308);
    const { submitted, duplicates, settled, ended } = step.value;
    assert.deepEqual({ submitted, duplicates, settled, ended }, { submitted: 308, duplicates: 7, settled: 301, ended: true });
    assert.ok(site.maxInProgress <= 4);
  });

  test(`${engine}: each request has an outcome, with its meta`, async (t) => {
    const bodies: string[] = [];
    const site = await startSite((request, response) => {
      request.setEncoding('utf8').on('data', (text: string) => bodies.push(`${request.method} ${text}`));
      request.on('end', () => response.end('fine'));
    });
    t.after(() => site.close());
    const url = `${site.origin}/api`;
    async function* requests() {
      yield { url, method: 'POST', body: { n: 1 }, meta: { id: 1 } };
      yield { url, contains: 'not there' };
    }
    for (const given of [
      requests(),
      [
        { url, method: 'POST', body: { n: 1 }, meta: { id: 1 } },
        { url, contains: 'not there' },
      ],
    ]) {
      const outcomes = await all({ requests: given, ...(await place()) });
      const told = outcomes.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
      assert.deepEqual(
        told.map(({ method, verdict, meta, error }) => [method, verdict, meta, error?.code]),
        [
          ['POST', 'ok', { id: 1 }, undefined],
          ['GET', 'broken', undefined, 'TEXT_MISSING'],
        ],
      );
    }
    assert.deepEqual(bodies, ['POST {"n":1}', 'POST {"n":1}']);
  });

  test(`${engine}: leaving the loop ends the crawl`, async (t) => {
    const site = await startSite();
    t.after(() => site.close());
    for await (const outcome of crawl({ urls: endless(site.origin), concurrency: 2, ...(await place()) })) {
      assert.equal(outcome.verdict, 'ok');
      break;
    }
    assert.equal(site.inProgress, 0);
  });
}

test('a generator is read as it is needed, and its error ends the iteration', async (t) => {
  const site = await startSite();
  t.after(() => site.close());
  const failure = new Error('the list ended badly');
  async function* urls() {
    yield `${site.origin}/get`;
    throw failure;
  }
  await assert.rejects(all({ urls: urls() }), failure);
});

test('the signal aborts requests, and its reason ends the iteration', async (t) => {
  const site = await startSite(() => {});
  t.after(() => site.close());
  const stop = new AbortController();
  const crawling = all({ urls: [site.origin], signal: stop.signal });
  crawling.catch(() => {});
  await until(() => site.inProgress > 0, 'a request');
  stop.abort(new Error('enough'));
  await assert.rejects(crawling, /enough/);
});

test('options have the names and meanings of run options', async (t) => {
  const site = await startSite((request, response) => {
    response.statusCode = request.headers['x-token'] === 'hidden' ? 404 : 500;
    response.end();
  });
  t.after(() => site.close());
  const options = { headers: { 'X-Token': 'env:TOKEN' }, env: { TOKEN: 'hidden' }, accept: '200,404', retries: 0 };
  const [outcome] = await all({ urls: [site.origin], ...options });
  assert.deepEqual([outcome?.status, outcome?.verdict], [404, 'ok']);
});

test('an invalid option is refused before anything is fetched', async () => {
  for (const [options, problem] of [
    [{ urls: 'http://a.test' as unknown as string[] }, /give an array/],
    [{}, /urls or requests/],
    [{ urls: [], requests: [] }, /urls or requests/],
    [{ urls: [], concurrency: 0 }, /concurrency/],
    [{ urls: [], accept: '2xx' }, /accept/],
    [{ urls: [], timeoutMs: -1 }, /timeoutMs/],
    [{ urls: [], timeout: 5 } as CrawlOptions, /timeout/],
  ] as const) {
    await assert.rejects(all(options), (error: Error) => error instanceof UsageError && problem.test(error.message));
  }
});

function* endless(origin: string): Generator<string> {
  for (let index = 0; ; index++) yield `${origin}/get?page=${index}`;
}
