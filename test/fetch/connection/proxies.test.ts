import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ProxySettings, proxyChooser } from '../../../src/fetch/connection/proxy.ts';

/** The host of the proxy that is chosen for the URL. */
const chosen = (settings: ProxySettings, url: string) => proxyChooser(settings)(new URL(url))?.hostname;
const BOTH = { http: 'http://h.test:3128', https: 'http://s.test:3128' };

test('each scheme has its own proxy, unless one is set for all', () => {
  assert.equal(chosen(BOTH, 'http://a.test/'), 'h.test');
  assert.equal(chosen(BOTH, 'https://a.test/'), 's.test');
  assert.equal(chosen({ https: 'http://s.test' }, 'http://a.test/'), undefined);
  assert.equal(chosen({ ...BOTH, all: 'http://all.test' }, 'https://a.test/'), 'all.test');
  assert.equal(chosen({}, 'https://a.test/'), undefined);
});

test('proxies of the environment are not used for this machine, but an explicit proxy is', () => {
  for (const host of ['localhost', 'app.localhost', '127.0.0.1', '127.9.9.9', '[::1]']) {
    assert.equal(chosen(BOTH, `http://${host}:8080/`), undefined, host);
    assert.equal(chosen({ all: 'http://all.test' }, `http://${host}:8080/`), 'all.test', host);
  }
  assert.equal(chosen(BOTH, 'http://127.0.0.1.example/'), 'h.test');
});

const table: ReadonlyArray<readonly [no: string, url: string, exempt: boolean]> = [
  ['*', 'http://a.test/', true],
  ['a.test', 'http://a.test/', true],
  ['a.test', 'http://A.TEST./', true],
  ['a.test', 'http://www.a.test/', true],
  ['a.test', 'http://ba.test/', false],
  ['.a.test', 'http://a.test/', true],
  ['*.a.test', 'http://www.a.test/', true],
  ['b.test, a.test', 'http://a.test/', true],
  ['b.test a.test', 'http://a.test/', true],
  ['A.Test', 'http://a.test/', true],
  ['a.test:8080', 'http://a.test:8080/', true],
  ['a.test:8080', 'http://a.test/', false],
  ['a.test:80', 'http://a.test/', true],
  ['a.test:443', 'https://a.test/', true],
  ['10.0.0.0/8', 'http://10.1.2.3/', true],
  ['10.0.0.0/8', 'http://11.1.2.3/', false],
  ['10.0.0.0/8', 'http://ten.test/', false],
  ['10.1.2.3', 'http://10.1.2.3:99/', true],
  ['fd00::/8', 'http://[fd00::1]/', true],
  ['[fd00::1]:81', 'http://[fd00::1]:81/', true],
  ['fd00::1', 'http://[fd00::1]/', true],
  ['fd00::/8', 'http://10.1.2.3/', false],
  ['10.0.0.0/99', 'http://10.0.0.0/', false],
  [' , ', 'http://a.test/', false],
];
for (const [no, url, exempt] of table) {
  test(`NO_PROXY=${JSON.stringify(no)} and ${url}`, () => {
    for (const settings of [BOTH, { all: 'http://h.test' }]) assert.equal(chosen({ ...settings, no }, url), exempt ? undefined : 'h.test');
  });
}

test('refuses a proxy that is not a valid URL', () => {
  assert.throws(() => proxyChooser({ http: 'socks5://a.test' }), { name: 'UsageError' });
});
