import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stoppedText } from '../../../src/cli/messages/end-of-run.ts';
import type { RunCounts } from '../../../src/engine/run-counts.ts';
import type { RunSummary } from '../../../src/model/run-summary.ts';

const told = (rows: number, counts: Partial<RunCounts>, on: { redis: boolean; repeatable?: boolean }) =>
  stoppedText({ run: 'r', books: { rows } } as RunSummary, { accepted: 0, discovered: 0, batches: 1, ...counts } as RunCounts, {
    repeatable: true,
    ...on,
  });

test('for a sealed run the message says how many URLs are left, and on Redis how to collect it', () => {
  const counts = { accepted: 1_300, discovered: 2, sealedAt: 1 };
  assert.equal(
    told(1, counts, { redis: false }),
    'stopped: 1 URL done, 1,301 left; to continue: trawl --continue r; to see the results so far: trawl report r',
  );
  assert.equal(
    told(1_300, counts, { redis: true }),
    'stopped: 1,300 URLs done, 2 left; the run is still on Redis; to continue: trawl collect r',
  );
});

test('batches that have not arrived do not count as read', () => {
  assert.match(told(10, { accepted: 20, sealedAt: 3 }, { redis: true }), /^stopped: 10 URLs done, more than 10 left;/);
});

test('for a run that was stopped before its seal, the advice is not collect, which would wait forever', () => {
  assert.equal(
    told(0, {}, { redis: false }),
    'stopped before all URLs were read: 0 URLs done; to continue: trawl --continue r; to see the results so far: trawl report r',
  );
  assert.equal(
    told(2, { accepted: 5 }, { redis: true }),
    'stopped before all URLs were read: 2 URLs done, 3 left to fetch; to continue: repeat the command with --run r (no line counts twice); to end it with the URLs read so far: trawl seal r',
  );
});

test('if a source cannot be read again, the only advice is to seal the run', () => {
  assert.equal(
    told(0, {}, { redis: true, repeatable: false }),
    'stopped before all URLs were read: 0 URLs done; to end it with the URLs read so far: trawl seal r',
  );
});
