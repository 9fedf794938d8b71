import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPT_ENCODING, readEncodings } from '../../src/fetch/content-encoding.ts';

test('reads names in any case, and passes over those that are not known', () => {
  assert.deepEqual(readEncodings(undefined), { kind: 'identity' });
  assert.deepEqual(readEncodings('identity'), { kind: 'identity' });
  assert.deepEqual(readEncodings('utf-8, none'), { kind: 'identity' });
  assert.deepEqual(readEncodings(' GZIP , br'), { kind: 'encoded', names: ['gzip', 'br'] });
});

test('five in a row are decoded, six are not', () => {
  assert.equal(readEncodings(Array(5).fill('gzip').join()).kind, 'encoded');
  assert.equal(readEncodings(Array(6).fill('gzip').join()).kind, 'too-many');
});

test('only what can be decoded is asked for', () => {
  assert.match(ACCEPT_ENCODING, /^gzip, deflate, br(?:, zstd)?$/);
});
