import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planText } from '../../src/cli/commands/plan.ts';
import { planSources } from '../../src/producer/plan.ts';
import type { Source } from '../../src/producer/sources/source.ts';

const source = (lines: string[]): Source => ({
  name: 'list',
  live: false,
  async *lines() {
    yield lines;
  },
});
const LIMITS = { concurrency: 10, hostConcurrency: 5, hostIntervalMs: 1_000 };
const never = new AbortController().signal;

test('local links of documents are counted, and need no request', async () => {
  const lines = [
    '{"url":"file:///a.md","checked":"ok"}',
    '{"url":"http://a/"}',
    '{"url":"file:///a.md","checked":"ok"}',
    '{"url":"http://["}',
  ];
  const plan = await planSources([{ ...source(lines), format: 'links' }], LIMITS, never);
  const { submitted, urls, duplicates, invalid, origins } = plan;
  assert.deepEqual({ submitted, urls, duplicates, invalid }, { submitted: 4, urls: 2, duplicates: 1, invalid: 1 });
  assert.deepEqual(origins, [{ origin: 'http://a', urls: 1, leastMs: 0 }]);
  assert.match(planText(plan, LIMITS), /^4 lines: 1 URL of 1 origin, 1 local link, 1 duplicate, 1 invalid\. /m);
  const localOnly = await planSources([{ ...source(lines.slice(0, 1)), format: 'links' }], LIMITS, never);
  assert.equal(planText({ ...localOnly, leastMs: 0 }, { ...LIMITS, hostIntervalMs: 0 }).split(', ')[1], '1 local link');
});

test('a URL without a scheme is planned as it would be requested', async () => {
  const { urls, origins } = await planSources(
    [source(['a.test/1', 'https://a.test/1', 'a.test:80'])],
    { ...LIMITS, scheme: 'auto' },
    never,
  );
  assert.deepEqual([urls, origins.map(({ origin }) => origin)], [2, ['https://a.test', 'http://a.test']]);
});

test('a plan counts URLs by origin like a crawl, and gives the minimum time because of the interval', async () => {
  const lines = ['http://a/1', 'http://a/2', '# no', '', 'http://a/1#part', 'http://b/', 'no url', 'http://a/3'];
  const plan = await planSources([source(lines), source(['https://a/1', 'http://b/'])], LIMITS, never);
  assert.deepEqual(plan, {
    submitted: 8,
    urls: 5,
    duplicates: 2,
    invalid: 1,
    origins: [
      { origin: 'http://a', urls: 3, leastMs: 2_000 },
      { origin: 'http://b', urls: 1, leastMs: 0 },
      { origin: 'https://a', urls: 1, leastMs: 0 },
    ],
    leastMs: 2_000,
    likelyMs: 2_000,
  });
  assert.equal(
    planText(plan, LIMITS),
    [
      'Origin     URLs  At least',
      'http://a      3        2s',
      'http://b      1         -',
      'https://a     1         -',
      '',
      '8 lines: 5 URLs of 3 origins, 2 duplicates, 1 invalid. Nothing was fetched.',
      'At least 2s, because of --host-interval 1000ms.',
      'About 2s if a request takes 100 ms, with 10 requests at a time and 5 per origin.',
      '',
    ].join('\n'),
  );
});

test('without an interval there is only an estimate; for no URLs there is nothing to estimate', async () => {
  const plan = await planSources([source(Array.from({ length: 100 }, (_, n) => `http://a/${n}`))], { ...LIMITS, hostIntervalMs: 0 }, never);
  assert.deepEqual([plan.leastMs, plan.likelyMs], [0, 2_000]);
  assert.equal(
    planText(await planSources([], LIMITS, never), LIMITS),
    '0 lines: 0 URLs of 0 origins, 0 duplicates, 0 invalid. Nothing was fetched.\nAt least 0s, because of --host-interval 1000ms.\n',
  );
});
