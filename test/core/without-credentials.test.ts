import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutCredentials } from '../../src/core/without-credentials.ts';

describe('withoutCredentials', () => {
  const table = [
    ['http://u:p@a.test/x@y', 'http://a.test/x@y'],
    ['http://a.test/x@y', 'http://a.test/x@y'],
    ['https://u@a.test', 'https://a.test'],
    ['u:p@a.test/x', 'a.test/x'],
    ['http://a.test/?q=u:p@b', 'http://a.test/?q=u:p@b'],
  ] as const;
  for (const [given, expected] of table) it(`${given} → ${expected}`, () => assert.equal(withoutCredentials(given), expected));
});
