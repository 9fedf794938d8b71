import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestTarget } from '../../../src/model/url/canonical-url.ts';

test('returns path and query of the serialised URL, including an empty query', () => {
  const cases: Array<[url: string, target: string]> = [
    ['http://t', '/'],
    ['http://t/?', '/?'],
    ['https://a.test/find?#', '/find?'],
    ['https://u:p@a.test:8080/a?b=c?d#e?f', '/a?b=c?d'],
    ['http://[::1]/a b', '/a%20b'],
    ['http://a.test/#x/y', '/'],
    ['http://a.test//b', '//b'],
  ];
  for (const [url, target] of cases) assert.equal(requestTarget(new URL(url)), target, url);
});
