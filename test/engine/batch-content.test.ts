import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchContent } from '../../src/engine/read-batch.ts';
import { batchOf } from '../contracts/crew.ts';

const BATCH = batchOf(0, ['http://a.test/'], 7);

test('a batch with a different named host is a different batch, because the host permits private addresses', () => {
  const contents = [
    BATCH,
    { ...BATCH, namedHost: 'a.test' },
    { ...BATCH, namedHost: 'b.test' },
    { ...BATCH, identity: 'line' as const },
  ].map(batchContent);
  assert.equal(new Set(contents).size, 4);
});

test('a batch without a named host keeps the identity of earlier versions, so their runs can continue', () => {
  assert.equal(batchContent(BATCH), '[null,7,["http://a.test/"]]');
  assert.equal(batchContent({ ...BATCH, source: 's' }), '["s",7,["http://a.test/"]]');
  assert.equal(batchContent({ ...BATCH, format: 'links' }), '[null,7,["http://a.test/"],"links",null]');
  assert.equal(batchContent({ ...BATCH, identity: 'line' }), '[null,7,["http://a.test/"],null,"line"]');
});
