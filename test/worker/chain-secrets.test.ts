import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChainCookies } from '../../src/fetch/chain-cookies.ts';
import { ChainSecrets } from '../../src/worker/chain-secrets.ts';

const chainTo = (url: string) => ({
  home: 'http://a.test',
  url,
  redirects: [],
  requests: 1,
  startedAtMs: 0,
  usedMs: 0,
  hasCookies: true as const,
});

function cookies(bytes: number): ChainCookies {
  const jar = new ChainCookies();
  for (let left = bytes; left > 0; left -= 4_000) jar.take([`c${left}=`.padEnd(Math.min(left, 4_000), 'x')], 'http://a.test/');
  return jar;
}

test('a secret is found only for its run, entry and URL', () => {
  const secrets = new ChainSecrets();
  secrets.keep('run', { key: 'k' }, 'http://b.test/', { authorization: 'Basic x' });
  const find = (run: string, key: string, url: string) => secrets.find(run, { key, chain: chainTo(url) }).authorization;
  assert.equal(find('run', 'k', 'http://b.test/'), 'Basic x');
  assert.deepEqual(
    [find('other', 'k', 'http://b.test/'), find('run', 'o', 'http://b.test/'), find('run', 'k', 'http://c.test/')],
    Array(3).fill(undefined),
  );
  secrets.keep('run', { key: 'k' }, 'http://c.test/', {});
  assert.equal(find('run', 'k', 'http://b.test/'), undefined, 'the next request needs no secret');
});

test('the oldest secrets are dropped when there are too many, or too many bytes of cookies', () => {
  const secrets = new ChainSecrets(2);
  const url = 'http://b.test/';
  const known = (...keys: string[]) => keys.filter((key) => Object.keys(secrets.find('run', { key, chain: chainTo(url) })).length > 0);
  for (const key of ['a', 'b', 'c']) secrets.keep('run', { key }, url, { authorization: key });
  assert.deepEqual(known('a', 'b', 'c'), ['b', 'c']);
  const many = new ChainSecrets();
  const large = cookies(180_000);
  for (let key = 0; key < 100; key++) many.keep('run', { key: String(key) }, url, { cookies: large });
  const kept = Array.from({ length: 100 }, (_, key) => many.find('run', { key: String(key), chain: chainTo(url) }).cookies).filter(
    Boolean,
  ).length;
  assert.equal(kept, Math.floor(16_777_216 / large.sizeBytes));
});
