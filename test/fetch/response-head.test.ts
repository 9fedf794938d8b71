import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readHead } from '../../src/fetch/response-head.ts';

const raw = (...parts: string[]) => parts.map((part) => Buffer.from(part, 'latin1'));

test('finds its headers in any case and ignores others', () => {
  const head = readHead(
    raw(
      'Server',
      'x',
      'CONTENT-type',
      'text/html',
      'LOCATION',
      '/a',
      'x-content-typ',
      'no',
      'Retry-After',
      '3',
      'Content-Encoding',
      'gzip',
    ),
  );
  assert.deepEqual(head, { contentType: 'text/html', contentEncoding: 'gzip', location: '/a', retryAfter: '3' });
});

test('a missing header is undefined, and another header of the same length is not mistaken for it', () => {
  assert.deepEqual(readHead(raw('x-served', 'a', 'set-cookie2', 'b', 'x-something1', 'c', 'xxxxxxxxxxxxxxxx', 'd')), {
    contentType: undefined,
    contentEncoding: undefined,
    location: undefined,
    retryAfter: undefined,
  });
});

test('the first of repeated headers counts, but content encodings are joined', () => {
  const head = readHead(raw('location', '/1', 'location', '/2', 'content-encoding', 'gzip', 'content-encoding', 'br'));
  assert.deepEqual([head.location, head.contentEncoding], ['/1', 'gzip,br']);
});

test('decodes a Location as UTF-8 if it is valid, otherwise as latin1', () => {
  assert.equal(readHead([Buffer.from('location'), Buffer.from('/ü', 'utf8')]).location, '/ü');
  assert.equal(readHead([Buffer.from('location'), Buffer.from('/ü', 'latin1')]).location, '/ü');
});
