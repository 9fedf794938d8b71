import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differInPathOnly, packEntry, packLink, packPath, unpackEntry } from '../../../../src/engine/redis/frontier/wire-format.ts';
import type { Chain } from '../../../../src/model/chain.ts';
import type { Entry } from '../../../../src/model/entry.ts';

const bare: Entry = {
  key: '0123456789abcdef',
  url: 'http://a.test:81/x?y',
  origin: 'http://a.test:81',
  depth: 0,
  attempts: 0,
  deferrals: 0,
  acceptedAtMs: 5,
};
const table: Array<[what: string, entry: Entry]> = [
  ['a bare one', bare],
  ['a seed', { ...bare, line: 12 }],
  ['a seed as it was written', { ...bare, line: 12, input: 'a.test:81/x?y#"\n' }],
  ['one of a source', { ...bare, line: 1, source: 'b.txt' }],
  ['a retry', { ...bare, line: 1, attempts: 2, deferrals: 1 }],
  ['a discovered one', { ...bare, depth: 2, referrer: 'http://a.test:81/' }],
  ['one on a named host', { ...bare, depth: 2, referrer: 'http://a.test:81/', hostNamed: true, root: 'http://a.test:81/"x"/' }],
  ['an external one', { ...bare, depth: 2, external: true }],
  ['a revisit', { ...bare, key: 'r123456789abcdef', depth: 2, line: 3, revisit: true }],
];
const chain: Chain = {
  home: 'http://a.test:81',
  url: 'https://b.test/z#part',
  redirects: [{ status: 307, url: 'http://a.test:81/x?y' }],
  requests: 1,
  startedAtMs: 7,
  usedMs: 2.5,
};
const led: typeof table = [
  ['one redirected to another origin', { ...bare, origin: 'https://b.test', line: 3, chain }],
  [
    'one that fetches a robots.txt',
    { ...bare, origin: 'https://b.test', chain: { ...chain, errand: { origin: 'http://c.test', failures: 1 } } },
  ],
];
for (const [what, entry] of [...table, ...led]) {
  test(`an entry is unchanged after it waited in Redis: ${what}`, () => {
    assert.deepEqual(unpackEntry(entry.key, entry.origin, packEntry(entry)), entry);
  });
}

for (const [what, entry] of table.filter(([, { revisit }]) => !revisit)) {
  test(`a link is assembled from its parts like any entry: ${what}`, () => {
    const { head, tail } = packLink(entry);
    assert.deepEqual(unpackEntry(entry.key, entry.origin, `[${packPath(entry)}${head}${entry.depth}${tail}`), entry);
  });
}

test('links that differ in more than their path are kept distinct', () => {
  assert.equal(differInPathOnly(bare, { ...bare, key: 'x', url: 'http://a.test:81/z' }), true);
  const changes: Partial<Entry> = {
    ...{ origin: 'http://b.test', depth: 1, attempts: 1, deferrals: 1, acceptedAtMs: 6, input: 'x', source: 'x', line: 1, referrer: 'x' },
    ...{ request: {}, identity: 'line', hostNamed: true, external: true, root: 'x' },
  };
  for (const [name, value] of Object.entries(changes)) assert.equal(differInPathOnly(bare, { ...bare, [name]: value }), false, name);
});

test('a seed needs only a few bytes', () => {
  assert.ok(packEntry({ ...bare, line: 12, acceptedAtMs: 1_790_000_000_000 }).length < 35);
});
