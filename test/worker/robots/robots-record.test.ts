import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FetchEnd } from '../../../src/fetch/fetch-result.ts';
import { MAX_OBEYED_WAIT_MS } from '../../../src/worker/retry-policy.ts';
import { brokenOffRecord, formatRobots, isSettled, parseRobots, robotsRecord } from '../../../src/worker/robots/robots-record.ts';

const URL_OF_FILE = 'http://a.test/robots.txt';
const TRACE = { startedAtMs: 0, finishedAtMs: 0, latencyMs: 0, timings: {}, requests: 1 };
const TRIES = { failures: 1, nowMs: 1_000, waitMs: 250 };

const answer = (status: number, more: object = {}): FetchEnd => ({
  kind: 'response',
  status,
  sizeBytes: 0,
  wireBytes: 0,
  ...TRACE,
  ...more,
});
const file = (text: string, more: object = {}) => answer(200, { content: { rawHeaders: [], body: Buffer.from(text) }, ...more });
const failure = (more: object): FetchEnd => ({
  kind: 'failure',
  verdict: 'refused',
  error: { code: 'ECONNREFUSED', message: 'nobody' },
  retryable: true,
  ...TRACE,
  ...more,
});
const read = (result: FetchEnd) => robotsRecord(URL_OF_FILE, result, TRIES);

describe('robotsRecord', () => {
  it('has rules after any 2xx status, and the URL where the file was found', () => {
    for (const status of [200, 203, 206]) assert.equal(read(answer(status)).kind, 'rules', String(status));
    assert.deepEqual(read(file('User-agent: *\n', { finalUrl: 'http://b.test/r' })), {
      kind: 'rules',
      url: 'http://b.test/r',
      body: 'User-agent: *\n',
      atMs: 1_000,
    });
  });

  it('keeps each byte of the file, and only whole lines of a truncated one', () => {
    const octets = Buffer.from(Array.from({ length: 256 }, (_, code) => code));
    const record = parseRobots(formatRobots(read(answer(200, { content: { rawHeaders: [], body: octets } }))));
    assert.deepEqual(record.kind === 'rules' && Buffer.from(record.body, 'latin1'), octets);
    for (const [text, kept] of [
      ['a\nb', 'a\n'],
      ['a\r\nb\r\n', 'a\r\nb\r\n'],
      ['a\rb', 'a\r'],
      ['a', ''],
    ] as const) {
      const cut = read(file(text, { truncated: true }));
      assert.equal(cut.kind === 'rules' && cut.body, kept);
    }
  });

  it('allows everything if there is no file', () => {
    for (const status of [300, 304, 400, 401, 403, 404, 410, 451])
      assert.deepEqual(read(answer(status)), { kind: 'allow-all', why: `it answers ${status}` });
    for (const [verdict, code] of [
      ['too-many-redirects', 'TOO_MANY_REDIRECTS'],
      ['too-many-redirects', 'REDIRECT_LOOP'],
      ['protocol', 'BAD_REDIRECT'],
      ['protocol', 'UNSUPPORTED_REDIRECT'],
    ]) {
      assert.equal(read(failure({ verdict, error: { code, message: 'm' }, retryable: false })).kind, 'allow-all', code);
    }
  });

  it('is retried after a 5xx, a 429 and no answer, as long as a run has retries', () => {
    for (const result of [answer(500), answer(503), answer(599), answer(429), failure({})]) {
      const record = read(result);
      assert.ok(record.kind === 'unreachable');
      assert.deepEqual([record.failures, record.retryAtMs, record.verdict], [2, 1_250, result.kind === 'failure' ? 'refused' : 'robots']);
      assert.deepEqual([isSettled(record, 1), isSettled(record, 2)], [true, false]);
    }
    const asked = read(answer(429, { retryAfterMs: 5_000 }));
    assert.equal(asked.kind === 'unreachable' && asked.retryAtMs, 6_000);
  });

  it('is settled if another try would end the same way', () => {
    for (const result of [failure({ verdict: 'tls', retryable: false }), answer(503, { retryAfterMs: MAX_OBEYED_WAIT_MS + 1 })]) {
      assert.ok(isSettled(read(result), 100));
    }
  });

  it('distinguishes a private address of the origin, which concerns only the run, from that of a redirect target', () => {
    const refused = { verdict: 'private-address', error: { code: 'PRIVATE_ADDRESS', message: 'm' }, retryable: false };
    const [own, other] = [read(failure(refused)), read(failure({ ...refused, redirects: [{ status: 302, url: URL_OF_FILE }] }))];
    assert.deepEqual(
      [own, other].map((record) => record.kind === 'unreachable' && record.verdict),
      ['private-address', 'robots'],
    );
  });

  it('that was aborted counts no failure', () => {
    assert.deepEqual(read({ kind: 'aborted' }), brokenOffRecord(TRIES));
    const { failures, retryAtMs } = brokenOffRecord(TRIES);
    assert.deepEqual([failures, retryAtMs, isSettled(brokenOffRecord(TRIES), 1)], [1, 1_000, false]);
  });
});
