import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type JudgedLink, JudgementCache } from '../../../src/worker/links/judged-links.ts';

const judged = (url: string): JudgedLink => ({ key: '0123456789abcdef', url, origin: 'http://a.test', hostname: 'a.test' });

test('drops the least recently used judgements beyond its limit of bytes', () => {
  const cache = new JudgementCache(100_000);
  cache.set('s', 'often', judged('often'));
  const url = 'http://a.test/'.padEnd(2_000, 'x');
  for (let number = 0; number < 200; number++) {
    cache.set('s', `${url}${number}`, judged(`${url}${number}`));
    assert.equal(cache.get('s', 'often')?.url, 'often');
  }
  const kept = Array.from({ length: 200 }, (_, number) => cache.get('s', `${url}${number}`)).filter((link) => link !== undefined);
  assert.ok(kept.length > 5 && kept.length * 4_000 <= 100_000, `${kept.length} are kept`);
  assert.equal(cache.get('s', `${url}199`)?.url, `${url}199`);
});

test('keeps scopes apart', () => {
  const cache = new JudgementCache();
  cache.set('one', 'x', judged('1'));
  cache.set('two', 'x', judged('2'));
  assert.deepEqual([cache.get('one', 'x')?.url, cache.get('two', 'x')?.url, cache.get('three', 'x')], ['1', '2', undefined]);
});
