import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ChunkStore } from '../../../src/engine/memory/chunk-store.ts';
import { EntryQueue, haveSameContext } from '../../../src/engine/memory/entry-queue.ts';
import { ENTRY_FIELDS, type Entry } from '../../../src/model/entry.ts';
import { seededRandom } from '../../chaos/seeded-random.ts';
import { linkFrom } from '../../contracts/site-graph.ts';

const PLAIN: Entry = {
  key: '0123456789abcdef',
  url: 'http://a.test/page?a=b',
  origin: 'http://a.test',
  depth: 0,
  attempts: 0,
  deferrals: 0,
  acceptedAtMs: 1_796_000_000_000,
};

/** Each differs from the others. */
const ENTRIES: Record<string, Entry> = {
  'a seed': { ...PLAIN, line: 7 },
  'the next seed': { ...PLAIN, url: 'http://a.test/page?a=c', line: 8 },
  'another origin': { ...PLAIN, url: 'https://b.test:8443/', origin: 'https://b.test:8443' },
  'an origin that begins like the one before': { ...PLAIN, url: 'https://b.test:84/', origin: 'https://b.test:84' },
  'an address': { ...PLAIN, url: 'http://[::1]:82/y', origin: 'http://[::1]:82' },
  'a link': { ...PLAIN, depth: 3, referrer: 'http://a.test/', hostNamed: true, root: 'http://a.test/docs/' },
  'an external link': { ...PLAIN, depth: 1, external: true, request: { method: 'HEAD' } },
  'a revisit': { ...PLAIN, key: 'r123456789abcdef', revisit: true },
  'one that was tried': { ...PLAIN, attempts: 2, deferrals: 5 },
  'a redirected one': {
    ...PLAIN,
    origin: 'https://b.test:8443',
    spentMs: 12,
    chain: {
      home: 'http://a.test',
      url: 'https://b.test:8443/c?d#e\u{1f600}',
      redirects: [{ status: 303, url: 'http://a.test/page?a=b' }],
      method: 'GET',
      requests: 1,
      startedAtMs: 1_796_000_000_000.5,
      usedMs: 12.3,
      needsSecret: true,
      errand: { origin: 'https://b.test:8443', failures: 1 },
    },
  },
  'one that a redirect led on at its own origin': {
    ...PLAIN,
    chain: { home: 'http://a.test', url: 'http://a.test/c', redirects: [], requests: 1, startedAtMs: 1, usedMs: 2 },
  },
  'a record with a large number': { ...PLAIN, request: { meta: { id: 9007199254740992 }, metaText: '{"id":9007199254740993}' } },
  'a line of its own': { ...PLAIN, identity: 'line', source: 'list\tone\n.txt', input: ' a.test/page?a=b' },
  'a record': {
    ...PLAIN,
    request: { method: 'POST', headers: [['a', 'b\r\n\u{1f600}']], body: 'x'.repeat(20_000), meta: { a: [null, false, 0, ''] } },
  },
  'a URL with credentials': { ...PLAIN, url: 'http://me:secret@a.test/page' },
  'a local link': { ...PLAIN, url: 'file:///docs/a b\n\u{1f600}\ud800.md#x', origin: 'file://', request: { checked: 'ok' } },
  'a local link that waits for no other': { ...PLAIN, url: 'file://0123456789abcdef/a.md', origin: 'file://0123456789abcdef' },
  'a long URL': { ...PLAIN, url: `http://a.test/${'y'.repeat(9_000)}` },
  'a longer URL that begins like it': { ...PLAIN, url: `http://a.test/${'y'.repeat(9_001)}` },
};

test('two entries share a context if they differ only in key, line and URL', () => {
  assert.equal(haveSameContext(PLAIN, { ...PLAIN, key: 'fedcba9876543210', url: 'http://a.test/other', line: 9 }), true);
  const ofEntry = new Set(['key', 'line', 'url', 'origin']);
  for (const field of ENTRY_FIELDS.filter((name) => !ofEntry.has(name)))
    assert.equal(haveSameContext(PLAIN, { ...PLAIN, [field]: 'different' }), false, field);
});

for (const [name, mostInMemory] of [
  ['in memory', Number.POSITIVE_INFINITY],
  ['through a file', 0],
] as const) {
  test(`entries come out unchanged, ${name}`, (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'trawl-queue-'));
    const store = new ChunkStore(join(folder, 'waiting'), { chunkChars: 500, mostInMemory });
    t.after(() => {
      store.close();
      rmSync(folder, { recursive: true });
    });
    for (const [what, entry] of Object.entries(ENTRIES)) {
      const queue = new EntryQueue(store);
      queue.append(entry);
      assert.deepEqual(queue.take(), entry, what);
    }
    const queue = new EntryQueue(store);
    const random = seededRandom(3);
    const given = Array.from({ length: 3_000 }, (_, index) => ({ ...random.pick(Object.values(ENTRIES)), line: index }));
    const taken: Array<Entry | undefined> = [];
    for (const entry of given) {
      queue.append(entry);
      if (random.next() < 0.4) taken.push(queue.take());
    }
    assert.equal(queue.size, given.length - taken.length);
    while (queue.size > 0) taken.push(queue.take());
    assert.deepEqual(taken, given);
    assert.equal(queue.take(), undefined);
    assert.deepEqual(readdirSync(folder), [], 'the file has no name');
  });
}

test('the time at which an entry was accepted has millisecond precision', () => {
  const queue = new EntryQueue(new ChunkStore(undefined));
  queue.append({ ...PLAIN, acceptedAtMs: 1_796_000_000_000.7 });
  assert.equal(queue.take()?.acceptedAtMs, 1_796_000_000_001);
});

/** Pages with 100 links, each URL about 70 characters long. */
for (const [name, origins, most] of [
  ['of one site', 1, 60],
  ['of which each page links to many sites', 20, 120],
] as const) {
  test(`URLs ${name} take at most ${most} bytes each`, () => {
    const store = new ChunkStore(undefined);
    const queues = Array.from({ length: origins }, () => new EntryQueue(store));
    const count = 10_000;
    const pageOf = (index: number) =>
      `http://site-${((index / 100) % origins) | 0}.example.test/articles/${index >> 10}/a-realistic-title-of-a-page-${index}.html`;
    let page = PLAIN;
    for (let index = 0; index < count; index++) {
      if (index % 100 === 0) page = { ...PLAIN, url: pageOf(index), acceptedAtMs: PLAIN.acceptedAtMs + index };
      const url = `http://site-${index % origins}.example.test/articles/${index >> 10}/a-realistic-title-of-a-page-${index}.html`;
      queues[index % origins]?.append(linkFrom(page, url));
    }
    const bytes = store.bytesInMemory / count;
    assert.ok(bytes > 20 && bytes < most, `${bytes} bytes`);
  });
}
