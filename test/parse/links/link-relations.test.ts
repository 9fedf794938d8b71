import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindOfRelation } from '../../../src/parse/links/link-relations.ts';

const KINDS: ReadonlyArray<readonly [relations: string, kind: 'page' | 'resource' | undefined]> = [
  ['canonical', 'page'],
  ['alternate', 'page'],
  ['alternate icon', 'page'],
  ['nofollow next', 'page'],
  ['prev', 'page'],
  ['alternate stylesheet', 'resource'],
  ['stylesheet', 'resource'],
  ['shortcut icon', 'resource'],
  ['index', 'resource'],
  ['license', 'resource'],
  ['preconnect', undefined],
  ['pingback', undefined],
  ['', undefined],
];

for (const [relations, kind] of KINDS) {
  test(`rel="${relations}" is a link to ${kind === undefined ? 'no document' : `a ${kind}`}`, () =>
    assert.equal(kindOfRelation(relations.split(' ')), kind));
}
