import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../src/model/errors.ts';
import { defaultRunOptions, loadConfig } from '../../src/options/load-config.ts';
import { allOptions } from '../../src/options/option-table.ts';
import { parseRunOptions } from '../../src/options/run-options-schema.ts';

test('an empty object gives the defaults', () => {
  for (const nothing of [undefined, null, {}]) assert.deepEqual(parseRunOptions(nothing), defaultRunOptions());
});

test('options from the command line survive JSON unchanged', () => {
  const flags = [
    { key: 'headers', text: 'Authorization: env:TOKEN' },
    { key: 'accept', text: '200-299,404' },
    { key: 'hostIntervalMs', text: '250ms' },
    { key: 'privateAddresses', text: 'deny' },
  ] as const;
  const { run } = loadConfig('crawl', flags, {});
  assert.deepEqual(parseRunOptions(JSON.parse(JSON.stringify(run))), run);
});

test('the span that began a run is an option of the run, if it is a valid one', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  assert.deepEqual(parseRunOptions({ traceparent }), { ...defaultRunOptions(), traceparent });
  assert.throws(() => parseRunOptions({ traceparent: `${traceparent}, evil` }), UsageError);
});

/** A value for each run option that has its own field. */
const TEXTS: Readonly<Record<string, string>> = {
  hostConcurrency: '3',
  hostIntervalMs: '1s',
  timeoutMs: '7s',
  connectTimeoutMs: '6s',
  retries: '5',
  maxRedirects: '4',
  maxBodyBytes: '1MB',
  scheme: 'auto',
  method: 'get',
  headers: 'A: b',
  userAgent: 'me',
  accept: '200,404',
  privateAddresses: 'allow',
  insecure: '',
  auth: 'https://a.example=me:secret',
  map: 'map.mjs',
  mapTimeoutMs: '5s',
  depth: 'all',
  links: 'all',
  scope: 'domain',
  include: 'a',
  exclude: 'b',
  stripParams: 'utm_*,sid',
  checkExternal: '',
  checkNofollow: '',
  maxUrls: '9',
  maxUrlsPerHost: '8',
  maxPathSegments: '7',
  fragments: '',
  excludeFragments: 'c',
};

for (const [key, spec] of allOptions().filter(([, { scope, combined }]) => scope === 'run' && !combined)) {
  test(`${key} has the same value from the command line and from JSON`, () => {
    const { run } = loadConfig('crawl', [{ key, text: TEXTS[key] ?? assert.fail('add a value to TEXTS') }], {});
    const value = (run as unknown as Record<string, unknown>)[spec.field ?? key];
    assert.notEqual(value, undefined);
    assert.deepEqual((parseRunOptions({ [key]: JSON.parse(JSON.stringify(value)) }) as unknown as Record<string, unknown>)[key], value);
  });
}

test('missing options get their defaults', () => {
  assert.deepEqual(parseRunOptions({ retries: 0, timeoutMs: 500 }), { ...defaultRunOptions(), retries: 0, timeoutMs: 500 });
});

test('results do not share their defaults', () => {
  const first = parseRunOptions({});
  (first.accept as unknown[]).push([404, 404]);
  assert.deepEqual(parseRunOptions({}).accept, [[200, 299]]);
});

const BAD: readonly (readonly [string, unknown, RegExp])[] = [
  ['an unknown option', { retrys: 1 }, /retrys/],
  ['a text for a number', { retries: '2' }, /retries: /],
  ['a fraction', { timeoutMs: 1.5 }, /timeoutMs: /],
  ['no time at all', { timeoutMs: 0 }, /timeoutMs: /],
  ['a timeout beyond what timers can do', { timeoutMs: 2 ** 31 }, /timeoutMs: /],
  ['a header that ends its line', { headers: [['X', 'a\r\nY: b']] }, /headers\.0: .*line break/],
  ['a range that is empty', { accept: [[299, 200]] }, /accept\.0: .*empty/],
  ['no range at all', { accept: [] }, /accept: /],
  ['an unknown policy', { privateAddresses: 'maybe' }, /privateAddresses: /],
  ['a user agent that ends its line', { userAgent: 'a\nb' }, /userAgent: /],
  ['more path segments than the command line allows', { maxPathSegments: 1_001 }, /maxPathSegments: /],
  ['a regular expression that is none', { exclude: ['('] }, /exclude\.0: .*not a regular expression/],
  ['a list', [], /object/],
  ['a text', 'fast', /object/],
];

for (const [name, json, problem] of BAD) {
  test(`${name} is refused`, () => {
    assert.throws(
      () => parseRunOptions(json),
      (error: unknown) => error instanceof UsageError && problem.test(error.message),
    );
  });
}

test('all problems are reported at once', () => {
  assert.throws(() => parseRunOptions({ retries: -1, timeoutMs: 'x', zzz: 1 }), /timeoutMs.*retries.*zzz/s);
});
