import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../../../src/model/entry.ts';
import { parseSeedLine } from '../../../src/model/lines/seed-line.ts';
import type { OutcomeError, Phase } from '../../../src/model/outcome.ts';
import { bareSeedBy, httpInstead } from '../../../src/model/url/bare-scheme.ts';
import type { Verdict } from '../../../src/model/verdict.ts';

for (const [line, url] of [
  ['example.com', 'https://example.com/'],
  ['example.com:8080/a?b', 'https://example.com:8080/a?b'],
  ['example.com:443', 'https://example.com/'],
  ['[::1]:8443/', 'https://[::1]:8443/'],
  ['example.com:80/a', 'http://example.com/a'],
  ['http://example.com/', 'http://example.com/'],
  ['HTTPS://example.com/', 'https://example.com/'],
] as const) {
  test(`${line} is requested as ${url}`, () => {
    const seed = bareSeedBy('auto', parseSeedLine(line));
    const written = parseSeedLine(url);
    assert.ok(seed.kind === 'url' && written.kind === 'url');
    assert.deepEqual([seed.url, seed.origin, seed.key, seed.input], [url, new URL(url).origin, written.key, line]);
  });
}

test('invalid lines and the default scheme change nothing', () => {
  for (const line of ['', '# a', 'nonsense', 'me@example.com'])
    assert.deepEqual(bareSeedBy('https', parseSeedLine(line)), parseSeedLine(line));
  for (const scheme of [undefined, 'http'] as const) assert.deepEqual(bareSeedBy(scheme, parseSeedLine('a.test')), parseSeedLine('a.test'));
});

const entry: Entry = {
  key: '0123456789abcdef',
  url: 'https://a.test:8443/x',
  origin: 'https://a.test:8443',
  input: 'a.test:8443/x',
  depth: 0,
  attempts: 0,
  deferrals: 0,
  acceptedAtMs: 0,
};
const instead = (changes: Partial<Entry>, verdict: Verdict, phase?: Phase, code = 'X') => {
  const error: OutcomeError = { code, message: 'm', ...(phase !== undefined && { phase }) };
  return httpInstead({ ...entry, ...changes }, { verdict, error, requests: 1, finishedAtMs: 7 })?.url;
};

test('falls back to http only if no https connection could be established', () => {
  const http = 'http://a.test:8443/x';
  assert.equal(instead({}, 'refused', 'connect'), http);
  assert.equal(instead({}, 'timeout', 'connect'), http);
  assert.equal(instead({}, 'timeout', 'tls'), http);
  assert.equal(instead({}, 'reset', 'tls'), http);
  assert.equal(instead({}, 'protocol', 'proxy', 'PROXY_REFUSED'), http);
  assert.equal(instead({}, 'tls', 'tls', 'ERR_SSL_WRONG_VERSION_NUMBER'), http);
  assert.equal(instead({}, 'tls', 'tls', 'CERT_HAS_EXPIRED'), undefined, 'an untrusted certificate');
  assert.equal(instead({}, 'dns', 'dns'), undefined);
  assert.equal(instead({}, 'private-address', 'connect'), undefined);
  assert.equal(instead({}, 'timeout', 'answer'), undefined);
  assert.equal(instead({}, 'reset', 'answer'), undefined);
});

test('falls back to http only for the seed itself, and only once', () => {
  assert.equal(instead({ input: 'https://a.test:8443/x' }, 'refused', 'connect'), undefined);
  assert.equal(instead({ depth: 1 }, 'refused', 'connect'), undefined);
  const chain = { home: entry.origin, url: 'http://a.test:8443/x', redirects: [], requests: 1, startedAtMs: 0, usedMs: 0 };
  assert.equal(instead({ chain }, 'refused', 'connect'), undefined);
  assert.equal(instead({ url: 'https://me:secret@a.test:8443/x' }, 'refused', 'connect'), 'http://a.test:8443/x');
});
