import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeySet } from '../../src/util/key-map.ts';

test('adding a key reports it as new only the first time', () => {
  const set = new KeySet();
  for (const key of ['0000000000000000', '0000000100000000', '00000000ffffffff']) {
    assert.equal(set.has(key), false);
    assert.equal(set.add(key), true);
    assert.equal(set.add(key), false);
    assert.equal(set.has(key), true);
  }
});
