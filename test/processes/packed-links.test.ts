import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../../src/model/entry.ts';
import { urlKey } from '../../src/model/url/canonical-url.ts';
import { LinkSieve, packLinks, unpackLinks } from '../../src/processes/packed-links.ts';
import { runOptions } from '../contracts/crew.ts';

function link(url: string, changes: Partial<Entry> = {}): Entry {
  const { origin } = new URL(url);
  return { key: urlKey(url), url, origin, depth: 1, attempts: 0, deferrals: 0, acceptedAtMs: 5.25, referrer: 'http://a.test/', ...changes };
}

test('links are unchanged after packing and unpacking, whatever they have in common', () => {
  const found = {
    entries: [
      link('http://a.test/1', { hostNamed: true }),
      link('http://a.test/2', { hostNamed: true }),
      link('http://user:secret@a.test/3', { hostNamed: true }),
      link('http://b.test/', { external: true, request: { method: 'HEAD' } }),
      link('http://a.test:8080/', { root: 'http://a.test/x' }),
      link('http://a.test/4'),
    ],
    leftOut: { scope: 2 },
  };
  const crossed = unpackLinks(JSON.parse(JSON.stringify(packLinks(found))));
  const byKey = (entries: readonly Entry[]) => [...entries].sort((a, b) => a.key.localeCompare(b.key));
  assert.deepEqual(byKey(crossed.entries), byKey(found.entries));
  assert.deepEqual(crossed.leftOut, found.leftOut);
});

test('a link that the engine has is sent once, if depths do not count', () => {
  const sieve = new LinkSieve(runOptions({ depth: 1_000 }));
  const [a, b] = [link('http://a.test/1'), link('http://a.test/2')];
  const sifted = (...entries: Entry[]) => sieve.sift({ entries, leftOut: {} }).entries;
  assert.deepEqual(sifted(a, b), [a, b], 'the engine may have skipped them');
  sieve.taken([a]);
  assert.deepEqual(sifted(a, b), [b]);
  const external = link('http://a.test/2', { external: true });
  sieve.taken([external]);
  assert.deepEqual(sifted(external), []);
  assert.deepEqual(sifted(b), [b], 'as an external link it was not followed');
});

test('if depths count, every link is sent every time', () => {
  const sieve = new LinkSieve(runOptions({ depth: 3 }));
  const entries = [link('http://a.test/1')];
  sieve.taken(entries);
  assert.deepEqual(sieve.sift({ entries, leftOut: {} }).entries, entries);
});
