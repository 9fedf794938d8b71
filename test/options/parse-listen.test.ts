import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/options/load-config.ts';
import { accessToken, hostName, isLoopback, listenAddress, portOrAddress } from '../../src/options/parse-values.ts';

test('an address is a host and a port', () => {
  const read = (text: string) => {
    const parsed = listenAddress(text);
    return parsed.ok ? parsed.value : parsed.problem;
  };
  assert.deepEqual(read('127.0.0.1:8807'), { host: '127.0.0.1', port: 8807 });
  assert.deepEqual(read('[::1]:0'), { host: '::1', port: 0 });
  assert.deepEqual(read('crawler.example.com:80'), { host: 'crawler.example.com', port: 80 });
  for (const wrong of ['8807', 'localhost', ':8807', '::1:8807', '[localhost]:1', 'a:65536', 'http://a:1', 'a b:1'])
    assert.match(String(read(wrong)), /is not an address/, wrong);
});

test('--metrics-port is a port of loopback or an address', () => {
  const read = (text: string) => {
    const parsed = portOrAddress(text);
    return parsed.ok ? parsed.value : parsed.problem;
  };
  assert.deepEqual(read('9464'), { host: '127.0.0.1', port: 9464 });
  assert.deepEqual(read('0.0.0.0:9464'), { host: '0.0.0.0', port: 9464 });
  for (const wrong of ['65536', 'x', '9464x', '-1', ':9464', ''])
    assert.match(String(read(wrong)), /is n(?:ot an address|either a port)/, wrong);
});

test('only loopback addresses count as unreachable for others', () => {
  assert.deepEqual(['127.0.0.1', '127.1.2.3', '::1', 'localhost'].map(isLoopback), [true, true, true, true]);
  assert.deepEqual(['0.0.0.0', '::', '192.168.1.1', '127.evil.example', 'localhost.example'].map(isLoopback), [
    false,
    false,
    false,
    false,
    false,
  ]);
});

test('a token must be long and fit into a header, and messages do not show it', () => {
  assert.ok(accessToken('0123456789abcdef').ok);
  for (const wrong of ['too-short-12345', 'with a space 0123456789', 'not-ascii-\u00e9-0123456789']) {
    const parsed = accessToken(wrong);
    assert.ok(!parsed.ok && !parsed.problem.includes(wrong));
  }
});

test('a host name has neither scheme nor port', () => {
  assert.deepEqual(hostName('Crawler.Example.COM'), { ok: true, value: 'crawler.example.com' });
  for (const wrong of ['http://a', 'a:1', '', '*.a']) assert.ok(!hostName(wrong).ok, wrong);
});

test('beyond loopback, serve needs a token', () => {
  const flags = [{ key: 'listen', text: '0.0.0.0:8807' }] as const;
  const redis = { TRAWL_REDIS_URL: 'redis://127.0.0.1' };
  assert.throws(() => loadConfig('serve', flags, redis), /others can reach this address: set TRAWL_TOKEN/);
  assert.deepEqual(loadConfig('serve', flags, { ...redis, TRAWL_TOKEN: '0123456789abcdef' }).serve.listen, { host: '0.0.0.0', port: 8807 });
  assert.deepEqual(loadConfig('serve', [], redis).serve, {
    listen: { host: '127.0.0.1', port: 8807 },
    allowHosts: [],
    allowPrivate: false,
  });
});
