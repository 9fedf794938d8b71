import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KnownAnchors } from '../../src/documents/known-anchors.ts';

test('the anchors of many documents are known, whenever they are asked for', () => {
  const known = new KnownAnchors();
  for (let index = 0; index < 300; index++) known.keep(`/${index}.html`, { kind: 'html', anchors: new Set([`a${index}`, 'ü b']) });
  for (const index of [0, 299, 0, 150, 299]) {
    assert.deepEqual(known.get(`/${index}.html`), { kind: 'html', anchors: new Set([`a${index}`, 'ü b']) });
  }
  known.keep('/none.html', { kind: 'html', anchors: new Set() });
  assert.deepEqual(known.get('/none.html')?.anchors, new Set());
  known.keep('/unread.html', undefined);
  assert.deepEqual([known.has('/unread.html'), known.get('/unread.html')], [true, undefined]);
  assert.deepEqual([known.has('/other.html'), known.get('/other.html')], [false, undefined]);
});
