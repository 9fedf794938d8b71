import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Anchors, KnownAnchors } from '../../../src/producer/documents/known-anchors.ts';

test('the anchors of many documents are known at any time', () => {
  const known = new KnownAnchors();
  for (let index = 0; index < 300; index++) known.keep(`/${index}.html`, new Anchors('html', new Set([`a${index}`, 'ü b'])));
  for (const index of [0, 299, 0, 150, 299]) {
    const { kind, names } = known.get(`/${index}.html`) ?? {};
    assert.deepEqual([kind, names], ['html', new Set([`a${index}`, 'ü b'])]);
  }
  known.keep('/none.html', new Anchors('html', new Set()));
  assert.deepEqual(known.get('/none.html')?.names, new Set());
  known.keep('/unread.html', undefined);
  assert.deepEqual([known.has('/unread.html'), known.get('/unread.html')], [true, undefined]);
  assert.deepEqual([known.has('/other.html'), known.get('/other.html')], [false, undefined]);
});
