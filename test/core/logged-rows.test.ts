import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../../src/core/entry.ts';
import { LoggedRows, lineKey, rowKeyOf } from '../../src/core/logged-rows.ts';
import { formatOutcome } from '../../src/core/outcome-line.ts';
import { parseSeedLine } from '../../src/core/seed-line.ts';
import { brokenOffOutcome, cancelledOutcome, crashedOutcome, unaskableOutcome } from '../../src/core/unfetched-outcome.ts';

const seed = parseSeedLine('HTTP://a.test/%7e');
assert.ok(seed.kind === 'url');
const BY_URL: Entry = { key: seed.key, url: seed.url, origin: seed.origin, depth: 0, attempts: 0, deferrals: 0, acceptedAtMs: 0, line: 7 };
const BY_LINE: Entry = { ...BY_URL, key: lineKey({ line: 7 }), identity: 'line' };
const GET = { method: 'GET' };

test('an entry is known by its row, whatever its outcome', () => {
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
