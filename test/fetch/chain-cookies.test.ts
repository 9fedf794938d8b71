import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChainCookies } from '../../src/fetch/chain-cookies.ts';

test('never throws for cookies of any kind of host', () => {
  const taken = [
    'http://[::1]:80/',
    'http://localhost/',
    'http://foo.local/',
    'http://127.0.0.1/',
    'http://com/',
    'http://xn--zckzah/',
    'http://a_b.test/',
  ];
  for (const url of [...taken, 'http://test/', 'http://local/', 'http://a.b./']) {
    const cookies = new ChainCookies();
    cookies.take(['a=1', `b=2; Domain=${new URL(url).hostname}`, '', '=', 'c="d e"; Path=/x'], url);
    const header = cookies.headerFor(url, 'z=0');
    assert.equal(header?.startsWith(taken.includes(url) ? 'z=0; a=1' : 'z=0'), true, `${url}: ${header}`);
  }
});
