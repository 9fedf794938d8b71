import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutDotSegments } from '../../../src/model/url/canonical-url.ts';

describe('withoutDotSegments', () => {
  const table: Array<[given: string, expected: string]> = [
    ['http://a.test/x/.y/../z', 'http://a.test/x/z'],
    ['http://a.test/x/.y/./z', 'http://a.test/x/.y/z'],
    ['http://a.test/x/.y/..', 'http://a.test/x/'],
    ['http://a.test/x/.y/../..', 'http://a.test/'],
    ['http://a.test/x/.y/../../../z', 'http://a.test/z'],
    ['http://a.test/x/.y/.', 'http://a.test/x/.y/'],
    ['http://u:p@a.test:81/x/.y/../%2e%2f?/../#/..', 'http://u:p@a.test:81/x/%2e%2f?/../#/..'],
    ['http://a.test/x/..y/../.../z', 'http://a.test/x/.../z'],
  ];
  for (const [given, expected] of table) {
    it(`${given} → ${expected}`, () => assert.equal(withoutDotSegments(new URL(given)).href, expected));
  }

  it('returns the URL itself if there is nothing to do', () => {
    for (const text of ['http://a.test/', 'http://a.test/.well-known/x', 'http://a.test/x../..y/.../z', 'http://a.test/?x=/../']) {
      const url = new URL(text);
      assert.equal(withoutDotSegments(url), url);
    }
  });
});
