import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineKey } from '../../../src/engine/rules/logged-rows.ts';
import { pageKey, revisitOf } from '../../../src/engine/rules/revisit.ts';
import type { Entry } from '../../../src/model/entry.ts';
import { parseSeedLine } from '../../../src/model/lines/seed-line.ts';

test('a revisit has its own key, by which its page is found', () => {
  const seed = parseSeedLine('HTTP://user:secret@a.test/%7e?b#c');
  assert.ok(seed.kind === 'url');
  const entry: Entry = { key: seed.key, url: seed.url, origin: seed.origin, depth: 2, attempts: 0, deferrals: 0, acceptedAtMs: 0, line: 7 };
  for (const page of [entry, { ...entry, key: lineKey(entry), identity: 'line' as const }]) {
    const revisit = revisitOf(page);
    assert.match(revisit.key, /^r[0-9a-f]{15}$/);
    assert.equal(pageKey(revisit), page.key);
    assert.equal(pageKey(page), page.key);
    assert.deepEqual({ ...revisit, key: page.key }, { ...page, revisit: true });
  }
});
