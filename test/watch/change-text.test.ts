import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeJson, changeText } from '../../src/watch/change-text.ts';
import { coloured, plain } from '../../src/watch/paint.ts';
import type { Service } from '../../src/watch/service.ts';
import type { Change } from '../../src/watch/service-state.ts';
import { aCheck } from './a-check.ts';

const SERVICE: Service = { url: 'https://u:p@example.com/health', shownUrl: 'https://example.com/health' };
const HEAD = '2026-11-25T10:15:00Z';

const CHANGES: readonly (readonly [string, Change, string])[] = [
  ['up', { kind: 'up', before: 'unknown', check: aCheck('up', 0), checks: 1, afterMs: 0 }, 'up  https://example.com/health'],
  [
    'down',
    { kind: 'down', before: 'up', check: aCheck('down', 0), checks: 2, afterMs: 60_000 },
    'down  https://example.com/health  503, expected 200-299 (2 checks in a row)',
  ],
  [
    'slow',
    { kind: 'slow', before: 'up', check: aCheck('slow', 0), checks: 1, afterMs: 60_000 },
    'slow  https://example.com/health  200 in 900 ms, expected < 500 ms',
  ],
  [
    'slow after down',
    { kind: 'slow', before: 'down', check: aCheck('slow', 0), checks: 1, afterMs: 60_000 },
    'slow  https://example.com/health  200 in 900 ms, expected < 500 ms, after 1 m 00 s down',
  ],
  [
    'recovered',
    { kind: 'up', before: 'down', check: aCheck('up', 0), checks: 2, afterMs: 185_000 },
    'recovered  https://example.com/health  200 after 3 m 05 s down (2 checks in a row)',
  ],
  [
    'certificate',
    { kind: 'certificate', daysLeft: 13, check: aCheck('up', 0) },
    'certificate  https://example.com/health  the certificate expires in 13 days',
  ],
  [
    'last day',
    { kind: 'certificate', daysLeft: 0, check: aCheck('up', 0) },
    'certificate  https://example.com/health  the certificate expires in less than a day',
  ],
  [
    'ended',
    { kind: 'certificate', daysLeft: -1, check: aCheck('up', 0) },
    'certificate  https://example.com/health  the certificate has expired',
  ],
];

for (const [what, change, text] of CHANGES)
  test(`change: ${what}`, () => assert.equal(changeText(change, SERVICE, plain), `${HEAD}  ${text}`));

test('text from servers and lists cannot move the cursor, and only our own words are coloured', () => {
  const check = aCheck('down', 0, { reason: 'tls: \x1b[2Jgone\u202e' });
  const line = changeText(
    { kind: 'down', before: 'up', check, checks: 1, afterMs: 0 },
    { ...SERVICE, shownUrl: 'http://a.test/\x1b]0;x\x07' },
    coloured,
  );
  assert.equal(line, `${HEAD}  \x1b[31mdown\x1b[0m  http://a.test/\\x1b]0;x\\x07  tls: \\x1b[2Jgone\\u202e`);
});

test('a change as JSON has the contents of the line, and no credentials', () => {
  const [, down] = CHANGES[1] as (typeof CHANGES)[number];
  assert.deepEqual(JSON.parse(changeJson(down, SERVICE, 'run-1', 7)), {
    schema: 1,
    at: '2026-11-25T10:15:00.000Z',
    change: 'down',
    url: 'https://example.com/health',
    state: 'down',
    before: 'up',
    afterMs: 60_000,
    checks: 2,
    result: '503',
    reason: '503, expected 200-299',
    latencyMs: 120,
    run: 'run-1',
    round: 7,
  });
  const [, certificate] = CHANGES[5] as (typeof CHANGES)[number];
  assert.deepEqual(JSON.parse(changeJson(certificate, SERVICE, 'run-1', 8)), {
    schema: 1,
    at: '2026-11-25T10:15:00.000Z',
    change: 'certificate',
    url: 'https://example.com/health',
    certificateDaysLeft: 13,
    latencyMs: 120,
    run: 'run-1',
    round: 8,
  });
});
