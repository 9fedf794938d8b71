import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../../src/model/outcome.ts';
import { judgeCheck } from '../../src/watch/check.ts';
import type { Service } from '../../src/watch/service.ts';

const OK: Outcome = {
  schema: 1,
  run: 'r',
  url: 'http://a.test/',
  method: 'GET',
  status: 200,
  verdict: 'ok',
  ok: true,
  latencyMs: 120.4,
  attempts: 1,
  depth: 0,
  finishedAt: '2026-11-25T10:15:00.000Z',
};

const broken = { ok: false, verdict: 'broken' } as const;

test('check: a shortage of sockets on this machine says nothing about the service', () => {
  const outcome: Outcome = { ...OK, ok: false, verdict: 'crashed', error: { code: 'ENOBUFS', message: 'm' } };
  assert.equal(judgeCheck(outcome, { url: OK.url, shownUrl: OK.url } as Service, '200-299'), undefined);
});

for (const [what, outcome, service, found, word, reason] of [
  ['a response', {}, {}, 'up', '200', ''],
  ['a response in time', {}, { latencyMs: 121 }, 'up', '200', ''],
  ['a response that takes as long as the limit', { latencyMs: 500 }, { latencyMs: 500 }, 'slow', '200', '200 in 500 ms, expected < 500 ms'],
  ['another status', { ...broken, status: 503 }, {}, 'down', '503', '503, expected 200-299'],
  ['a status other than its own', { ...broken, status: 200 }, { accept: '204' }, 'down', '200', '200, expected 204'],
  ['a status that denies access', { ok: false, verdict: 'blocked', status: 401 }, {}, 'down', '401', '401, expected 200-299'],
  ['a wrong status, late', { ...broken, status: 500, latencyMs: 900 }, { latencyMs: 500 }, 'down', '500', '500, expected 200-299'],
  [
    'a missing text',
    { ...broken, error: { code: 'TEXT_MISSING', message: 'm' } },
    { contains: 'ok' },
    'down',
    'text',
    '200, without the text "ok"',
  ],
  [
    'no response',
    { ok: false, verdict: 'timeout', status: undefined, error: { code: 'T', message: 'm' } },
    {},
    'down',
    'timeout',
    'timeout: m',
  ],
  ['an incomplete body', { ok: false, verdict: 'reset', error: { code: 'R', message: 'm' } }, {}, 'down', 'reset', 'reset: m'],
] as const) {
  test(`check: ${what} is ${found}`, () => {
    const { status, ...rest } = { ...OK, ...outcome };
    const check = judgeCheck(
      { ...rest, ...(status !== undefined && { status }) },
      { url: OK.url, shownUrl: OK.url, ...service } as Service,
      '200-299',
    );
    assert.deepEqual([check?.found, check?.word, check?.reason], [found, word, reason]);
    assert.equal(check?.atMs, Date.UTC(2026, 10, 25, 10, 15));
  });
}

test('a cancelled check says nothing', () => {
  assert.equal(judgeCheck({ ...OK, ok: false, verdict: 'cancelled' }, { url: OK.url, shownUrl: OK.url }, '200-299'), undefined);
});
