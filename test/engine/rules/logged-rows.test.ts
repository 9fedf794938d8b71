import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoggedRows, lineKey, rowKeyOf } from '../../../src/engine/rules/logged-rows.ts';
import type { Entry } from '../../../src/model/entry.ts';
import { formatOutcome } from '../../../src/model/lines/outcome-line.ts';
import { parseSeedLine } from '../../../src/model/lines/seed-line.ts';
import { brokenOffOutcome, cancelledOutcome, crashedOutcome, unaskableOutcome } from '../../../src/model/unfetched-outcome.ts';
import { urlKey } from '../../../src/model/url/canonical-url.ts';

const seed = parseSeedLine('HTTP://a.test/%7e');
assert.ok(seed.kind === 'url');
const BY_URL: Entry = { key: seed.key, url: seed.url, origin: seed.origin, depth: 0, attempts: 0, deferrals: 0, acceptedAtMs: 0, line: 7 };
const BY_LINE: Entry = { ...BY_URL, key: lineKey({ line: 7 }), identity: 'line' };
const GET = { method: 'GET' };

test('an entry is recognised by its row, whatever its outcome', () => {
  for (const entry of [BY_URL, BY_LINE]) {
    for (const outcome of [
      cancelledOutcome('run', entry, GET, 0),
      crashedOutcome('run', entry, GET, 3, 0),
      brokenOffOutcome('run', entry, GET, 0),
      unaskableOutcome('run', entry, GET, 'TOKEN is not set', 0),
    ]) {
      const rows = new LoggedRows();
      assert.equal(rows.add(formatOutcome(outcome)), true);
      assert.notEqual(rows.classOf(rowKeyOf(entry)), undefined, outcome.error?.code ?? outcome.verdict);
      assert.equal(rows.add(formatOutcome(outcome)), false);
    }
  }
});

test('a row states how it is counted, and whether its page has links', () => {
  const rows = new LoggedRows();
  const outcome = { schema: 1, run: 'run', method: 'GET', attempts: 1, depth: 0, finishedAt: '' } as const;
  rows.add(formatOutcome({ ...outcome, url: 'http://a.test/linked', verdict: 'ok', ok: true, links: 2 }));
  rows.add(formatOutcome({ ...outcome, url: 'http://a.test/leaf', verdict: 'ok', ok: true, links: 0 }));
  rows.add(formatOutcome({ ...outcome, url: 'http://a.test/broken', verdict: 'broken', ok: false, links: 1 }));
  rows.add(formatOutcome({ ...outcome, url: 'http://a.test/robots', verdict: 'robots', ok: false }));
  for (const verdict of ['ok', 'broken', 'private-address'] as const)
    rows.add(formatOutcome({ ...outcome, url: `http://b.test/${verdict}`, verdict, ok: verdict === 'ok', external: true }));
  const paths = ['a.test/linked', 'a.test/leaf', 'a.test/broken', 'a.test/robots', 'b.test/ok', 'b.test/broken', 'b.test/private-address'];
  const kinds = paths.map((path) => {
    const key = urlKey(`http://${path}`);
    return [key, rows.classOf(key), rows.hasLinks(key)];
  });
  assert.deepEqual(
    kinds.map(([, ...kind]) => kind),
    [
      ['ok', true],
      ['ok', false],
      ['failed', false],
      ['skipped', false],
      // An external URL may have links once it is also found as an internal one, even if its request failed.
      ['ok', true],
      ['failed', true],
      ['skipped', true],
    ],
  );
  assert.deepEqual([...rows.rows()].sort(), kinds.sort());
  assert.deepEqual([rows.classOf('0'.repeat(16)), rows.hasLinks('0'.repeat(16))], [undefined, false]);
});
