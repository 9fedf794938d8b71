import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchContent } from '../../src/engine/read-batch.ts';
import { batchOf } from '../contracts/crew.ts';

const BATCH = batchOf(0, ['http://a.test/'], 7);

test('a batch is another one if only its named host is: that decides who may reach private addresses', () => {
  const contents = [
    BATCH,
    { ...BATCH, namedHost: 'a.test' },
    { ...BATCH, namedHost: 'b.test' },
    { ...BATCH, identity: 'line' as const },
  ].map(batchContent);
  assert.equal(new Set(contents).size, 4);
});

test('without a named host its identity is that of earlier versions, whose runs go on', () => {
  assert.equal(batchContent(BATCH), '[null,7,["http://a.test/"]]');
  assert.equal(batchContent({ ...BATCH, source: 's' }), '["s",7,["http://a.test/"]]');
  assert.equal(batchContent({ ...BATCH, format: 'links' }), '[null,7,["http://a.test/"],"links",null]');
  assert.equal(batchContent({ ...BATCH, identity: 'line' }), '[null,7,["http://a.test/"],null,"line"]');
});
