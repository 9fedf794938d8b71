import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FetchResult } from '../../src/fetch/fetch-result.ts';
import type { Entry } from '../../src/model/entry.ts';
import { decideEnding, statusVerdict } from '../../src/worker/decide-ending.ts';
import { MAX_DEFERRALS } from '../../src/worker/retry-policy.ts';
import { runOptions } from '../contracts/crew.ts';

const entry: Entry = {
  key: '0123456789abcdef',
  url: 'http://a.test/x',
  origin: 'http://a.test',
  depth: 0,
  attempts: 0,
  deferrals: 0,
  acceptedAtMs: 0,
  line: 7,
};
const context = { run: 'r', nowMs: 0, worker: 'w', waitMs: 12.4, random: () => 0 };
const trace = { startedAtMs: 0, finishedAtMs: 5, latencyMs: 5, timings: {}, requests: 1 };
const response = (status: number, more: object = {}): FetchResult => ({
  kind: 'response',
  status,
  sizeBytes: 1,
  wireBytes: 1,
  ...trace,
  ...more,
});
const failure = (retryable: boolean): FetchResult => ({
  kind: 'failure',
  verdict: 'reset',
  error: { code: 'ECONNRESET', message: 'cut' },
  retryable,
  ...trace,
});
const decide = (result: FetchResult, changes: Partial<Entry> = {}, retries = 2) =>
  decideEnding({ ...entry, ...changes }, result, runOptions({ retries }), context);

describe('decideEnding', () => {
  it('retries without counting an attempt if the server reset a connection that we did not read for a while', () => {
    const broken = { ...failure(true), waitedMs: 5_000 } as FetchResult;
    const again = decide(broken);
    assert.ok(again.kind === 'retry' && again.unfetched);
    assert.deepEqual([again.entry.attempts, again.entry.deferrals], [0, 1]);
    const attempt = decide(broken, { deferrals: MAX_DEFERRALS });
    assert.ok(attempt.kind === 'retry' && !attempt.unfetched);
    const shortWait = decide({ ...failure(true), waitedMs: 10 } as FetchResult);
    assert.ok(shortWait.kind === 'retry' && shortWait.entry.attempts === 1);
  });

  it('retries with GET at once if HEAD is not supported', () => {
    for (const status of [405, 501]) {
      const request = { method: 'HEAD', meta: 1 };
      const ending = decide(response(status), { request });
      assert.deepEqual(ending, {
        kind: 'retry',
        afterMs: 0,
        entry: { ...entry, deferrals: 1, spentMs: 5, request: { method: 'GET', meta: 1 } },
      });
    }
    const accepted = decide(response(405), { request: { method: 'HEAD', accept: [[405, 405]] } });
    assert.ok(accepted.kind === 'outcome' && accepted.outcome.verdict === 'ok' && accepted.outcome.method === 'HEAD');
    assert.equal(decide(response(405), { request: { method: 'GET' } }).kind, 'outcome');
  });

  it('lets a GET decide after a refused HEAD of a HEAD run, unless the server asks for a pause', () => {
    const byHead = (status: number, more: object = {}, changes: Partial<Entry> = {}) =>
      decideEnding({ ...entry, ...changes }, response(status, more), runOptions({ retries: 2, method: 'HEAD' }), context);
    const asGet = { kind: 'retry', afterMs: 0, entry: { ...entry, deferrals: 1, spentMs: 5, request: { method: 'GET' } } };
    for (const status of [400, 403, 404, 405, 500, 501]) {
      assert.deepEqual(byHead(status), asGet, String(status));
      const decided = byHead(status, {}, { attempts: 2, request: { method: 'GET' } });
      assert.ok(decided.kind === 'outcome' && decided.outcome.method === 'GET' && decided.outcome.status === status, String(status));
    }
    for (const status of [401, 410, 451]) assert.equal(byHead(status).kind, 'outcome', String(status));
    for (const [status, more] of [
      [429, {}],
      [503, {}],
      [500, { retryAfterMs: 1_000 }],
    ] as const) {
      const ending = byHead(status, more);
      assert.ok(ending.kind === 'retry' && ending.afterMs > 0 && ending.entry.request === undefined, String(status));
    }
  });

  it('retries an external link with GET if HEAD failed, unless the server asks for a pause', () => {
    const external = { external: true as const, request: { method: 'HEAD' } };
    const asGet = { kind: 'retry', afterMs: 0, entry: { ...entry, external: true, deferrals: 1, spentMs: 5, request: { method: 'GET' } } };
    for (const status of [400, 403, 404, 405, 500, 501]) assert.deepEqual(decide(response(status), external), asGet, String(status));
    assert.deepEqual(decide(failure(true), external), asGet, 'a connection that was reset');
    for (const status of [429, 503]) {
      const ending = decide(response(status, { retryAfterMs: 1_000 }), external);
      assert.ok(ending.kind === 'retry' && ending.afterMs === 1_000 && ending.entry.request?.method === 'HEAD', String(status));
    }
    const gone = decide(response(404), { ...external, request: { method: 'GET' } });
    assert.ok(gone.kind === 'outcome' && gone.outcome.external && gone.outcome.verdict === 'broken');
    assert.equal(
      decide(response(404), { request: { method: 'HEAD' } }).kind,
      'outcome',
      'a record that names HEAD gets the answer to HEAD',
    );
  });

  it('repeats only what is safe to repeat', () => {
    const asks = response(503, { retryAfterMs: 1_000 });
    for (const [request, kind] of [
      [{ method: 'POST' }, 'outcome'],
      [{ method: 'DELETE' }, 'outcome'],
      [{ method: 'POST', repeatable: true }, 'retry'],
      [{ method: 'HEAD' }, 'retry'],
      [{}, 'retry'],
    ] as const) {
      assert.equal(decide(response(500), { request }).kind, kind, `500 to ${JSON.stringify(request)}`);
      const ending = decide(asks, { request });
      assert.equal(ending.kind, kind, `503 to ${JSON.stringify(request)}`);
      assert.ok('origin' in ending && (ending.origin?.holdMs ?? 0) >= 1_000, 'the origin gets its pause');
    }
    const sent = decide({ kind: 'aborted', sent: true }, { request: { method: 'POST' } });
    assert.ok(sent.kind === 'outcome');
    assert.deepEqual([sent.outcome.verdict, sent.outcome.error?.code, sent.outcome.attempts], ['crashed', 'MAY_HAVE_ARRIVED', 1]);
  });

  it('gives back an aborted fetch', () => {
    assert.deepEqual(decide({ kind: 'aborted' }), { kind: 'back' });
  });

  it('turns an accepted response into an ok outcome with all known fields', () => {
    const ending = decide(
      response(204, { contentType: 'text/plain', finalUrl: 'http://a.test/y', redirects: [{ status: 301, url: 'http://a.test/x' }] }),
    );
    assert.ok(ending.kind === 'outcome');
    const { outcome } = ending;
    assert.deepEqual(
      [
        outcome.verdict,
        outcome.ok,
        outcome.status,
        outcome.line,
        outcome.waitMs,
        outcome.attempts,
        outcome.finalUrl,
        outcome.contentType,
        outcome.worker,
      ],
      ['ok', true, 204, 7, 12, 1, 'http://a.test/y', 'text/plain', 'w'],
    );
    assert.ok(!('error' in outcome) && !('truncated' in outcome) && !('referrer' in outcome));
  });

  for (const status of [408, 429, 500, 502, 503, 504, 599]) {
    it(`retries ${status} while retries are left; after that it is the outcome`, () => {
      const again = decide(response(status), { attempts: 1 });
      assert.ok(again.kind === 'retry');
      assert.deepEqual([again.entry.attempts, again.afterMs], [2, 500]);
      const last = decide(response(status), { attempts: 2 });
      assert.ok(last.kind === 'outcome' && !last.outcome.ok);
      assert.equal(last.outcome.attempts, 3);
    });
  }

  for (const status of [301, 400, 401, 404, 410, 501]) {
    it(`takes ${status} as the outcome at once`, () => assert.equal(decide(response(status)).kind, 'outcome'));
  }

  it('waits as long as Retry-After asks, holds the origin for that time, and counts no attempt', () => {
    for (const status of [408, 429, 500, 502, 503, 504]) {
      const ending = decide(response(status, { retryAfterMs: 1_500 }), { attempts: 2 });
      assert.ok(ending.kind === 'retry');
      assert.deepEqual([ending.afterMs, ending.origin, ending.entry.attempts, ending.entry.deferrals], [1_500, { holdMs: 1_500 }, 2, 1]);
    }
  });

  it('does not wait forever for a server that always asks for more, or for one that asks for an hour', () => {
    assert.equal(decide(response(429, { retryAfterMs: 1_000 }), { deferrals: MAX_DEFERRALS, attempts: 2 }).kind, 'outcome');
    assert.equal(decide(response(503, { retryAfterMs: 3_600_000 }), { attempts: 2 }).kind, 'outcome');
  });

  it('never retries sooner than Retry-After asks', () => {
    for (const status of [408, 429, 500, 502, 503, 504]) {
      assert.equal(decide(response(status, { retryAfterMs: 999_000 })).kind, 'outcome', `${status} that asks for more than is waited for`);
      const often = decide(response(status, { retryAfterMs: 1_000 }), { deferrals: MAX_DEFERRALS });
      assert.equal(often.kind, 'outcome', `${status} that has asked too often`);
      const external = { external: true, request: { method: 'HEAD' } } as const;
      const ending = decide(response(status, { retryAfterMs: 1_000 }), external);
      assert.equal(ending.kind === 'retry' && ending.afterMs, 1_000, `${status} to the HEAD of an external link`);
    }
  });

  it('treats a Retry-After of zero as a plain failure, and ignores Retry-After if no retries are wanted', () => {
    const zero = decide(response(503, { retryAfterMs: 0 }));
    assert.ok(zero.kind === 'retry' && zero.entry.attempts === 1 && zero.afterMs > 0);
    assert.equal(decide(response(503, { retryAfterMs: 1_000 }), {}, 0).kind, 'outcome');
  });

  it('holds the origin back after every 429 and Retry-After, even if the entry is not retried', () => {
    const hold = (...args: Parameters<typeof decide>) => {
      const ending = decide(...args);
      return ending.kind === 'back' || ending.kind === 'moved' ? undefined : ending.origin?.holdMs;
    };
    assert.equal(hold(response(429, { retryAfterMs: 1_500 }), {}, 0), 1_500);
    assert.equal(hold(response(503, { retryAfterMs: 1_500 }), {}, 0), 1_500);
    assert.equal(hold(response(429, { retryAfterMs: 3_600_000 })), 300_000, 'the longest pause that is obeyed');
    assert.equal(hold(response(503, { retryAfterMs: 3_600_000 }), { request: { method: 'POST' } }), 300_000);
    assert.equal(hold(response(429), {}, 0), 250);
    assert.equal(hold(response(503), {}, 0), undefined);
    assert.equal(hold(response(500, { retryAfterMs: 1_500 }), {}, 0), 1_500);
    assert.equal(hold(response(404, { retryAfterMs: 1_500 })), undefined, 'statuses that are not retried do not hold the origin');
  });

  it('neither holds an origin nor reports it unreachable if entries are independent', () => {
    const alone = (result: FetchResult, retries: number) => {
      const { kind, ...rest } = decideEnding(entry, result, runOptions({ retries, independent: true }), context);
      return [kind, 'origin' in rest, 'unreachable' in rest];
    };
    for (const result of [response(429), response(503, { retryAfterMs: 60_000 }), failure(true)]) {
      assert.deepEqual(alone(result, 0), ['outcome', false, false]);
      assert.deepEqual(alone(result, 2), ['retry', false, false]);
    }
    const ending = decideEnding(entry, response(503, { retryAfterMs: 60_000 }), runOptions({ independent: true }), context);
    assert.ok(ending.kind === 'retry' && ending.afterMs < 1_000, 'it is retried after the backoff, not the pause');
  });

  it('does not count earlier attempts as our own waiting', () => {
    const asked = decide(response(503, { retryAfterMs: 1_000, latencyMs: 40 }));
    assert.ok(asked.kind === 'retry');
    const failed = decide(failure(true), asked.entry);
    assert.ok(failed.kind === 'retry');
    assert.equal(failed.entry.spentMs, 40 + trace.latencyMs);
    const last = decideEnding(failed.entry, response(200), runOptions(), { ...context, waitMs: 1_000 });
    assert.equal(last.kind === 'outcome' && last.outcome.waitMs, 1_000 - 40 - trace.latencyMs);
  });

  it('keeps the known fields of a response whose body broke off', () => {
    const broken = { ...failure(false), status: 200, contentType: 'text/plain', sizeBytes: 5, wireBytes: 3 };
    const ending = decide(broken);
    assert.ok(ending.kind === 'outcome');
    const { contentType, sizeBytes, wireBytes } = ending.outcome;
    assert.deepEqual([contentType, sizeBytes, wireBytes], ['text/plain', 5, 3]);
  });

  it('does not obey Retry-After on a success', () => {
    assert.equal(decide(response(200, { retryAfterMs: 1_000 })).kind, 'outcome');
  });

  it('retries a failure only if a retry can help', () => {
    assert.equal(decide(failure(true)).kind, 'retry');
    assert.equal(decide(failure(false)).kind, 'outcome');
    assert.equal(decide(failure(true), {}, 0).kind, 'outcome');
    const last = decide(failure(true), { attempts: 2, deferrals: 1 });
    assert.ok(last.kind === 'outcome');
    assert.deepEqual([last.outcome.verdict, last.outcome.error?.code, last.outcome.attempts], ['reset', 'ECONNRESET', 4]);
  });

  it('keeps credentials out of the outcome', () => {
    const ending = decide(response(200), { url: 'http://user:secret@a.test/x', input: '***@a.test/x' });
    assert.ok(ending.kind === 'outcome');
    assert.ok(!JSON.stringify(ending.outcome).includes('secret'));
  });
});

describe('statusVerdict', () => {
  const table = [
    [200, 'ok'],
    [299, 'ok'],
    [301, 'broken'],
    [400, 'broken'],
    [401, 'blocked'],
    [403, 'blocked'],
    [404, 'broken'],
    [407, 'blocked'],
    [429, 'rate-limited'],
    [451, 'blocked'],
    [500, 'broken'],
  ] as const;
  for (const [status, verdict] of table) {
    it(`${status} is ${verdict}`, () => assert.equal(statusVerdict(status, runOptions()), verdict));
  }
  it('gives precedence to the statuses that the run accepts', () =>
    assert.equal(statusVerdict(403, runOptions({ accept: [[400, 499]] })), 'ok'));
});
