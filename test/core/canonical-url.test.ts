import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalUrl } from '../../src/core/canonical-url.ts';

describe('canonicalUrl', () => {
  const table: Array<[given: string, expected: string]> = [
    ['http://a.test/#', 'http://a.test/'],
    ['http://a.test/x#y%2', 'http://a.test/x'],
    ['http://a.test/?q=1#y', 'http://a.test/?q=1'],
    ['http://a.test/%61%2f%3f', 'http://a.test/a%2F%3F'],
    ['http://a.test/x%2e%2e/y', 'http://a.test/x../y'],
    ['http://a.test/x/%2E%2E/y', 'http://a.test/y'],
    ['http://a.test/?q=%2e%7E%5f', 'http://a.test/?q=.~_'],
    ['http://a.test/100%', 'http://a.test/100%'],
    ['http://a.test/?b=2&a=1', 'http://a.test/?b=2&a=1'],
    ['http://www.a.test/x/', 'http://www.a.test/x/'],
  ];
  for (const [given, expected] of table) {
    it(`${given} → ${expected}`, () => {
      assert.equal(canonicalUrl(new URL(given)), expected);
      assert.equal(canonicalUrl(new URL(expected)), expected, 'and stays so');
    });
  }
});
