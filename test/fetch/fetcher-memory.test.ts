import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { PageBudget } from '../../src/fetch/body/page-budget.ts';
import { failure, fetcherFor, httpServer, rawServer, response, until } from './local-servers.ts';

const LARGE = randomBytes(3_000_000);
const PAGES: Record<string, [encoding: string, body: Buffer]> = {
  '/plain': ['identity', LARGE],
  '/gzip': ['gzip', gzipSync(LARGE, { level: 1 })],
  '/small': ['identity', Buffer.alloc(200_000)],
  '/window': ['br', brotliCompressSync(LARGE, { params: { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_QUALITY]: 1 } })],
};
const MINUTE_MS = 60_000;

/**
 * A budget that an older page uses up, a fetcher whose clock the test controls, and a server that never answers
 * `/silent`.
 */
async function full(t: TestContext) {
  const server = await httpServer(t, (request, answer) => {
    const [encoding, body] = PAGES[request.url ?? ''] ?? [];
    if (encoding !== undefined) answer.writeHead(200, { 'content-encoding': encoding }).end(body);
  });
  const budget = new PageBudget(1_000_000);
  const older = budget.open();
  older.raise(budget.limitBytes, () => undefined);
  let offsetMs = 0;
  const clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now() + offsetMs };
  const get = fetcherFor(t, { clock });
  return {
    budget,
    older,
    get: (path: string, keepContent: boolean, signal = new AbortController().signal) =>
      get(server.origin + path, {}, { keepContent, budget, signal }),
    /** Advances the clock by a minute, and waits until everything with a deadline has noticed it. */
    async passMinute(): Promise<void> {
      const silent = get(`${server.origin}/silent`);
      offsetMs += MINUTE_MS;
      assert.equal(failure(await silent).verdict, 'timeout');
    },
  };
}

for (const path of ['/plain', '/gzip']) {
  test(`a large body (${path}) waits for memory, and neither its timeout nor its timings include that`, async (t) => {
    const { budget, older, get, passMinute } = await full(t);
    const fetched = get(path, true);
    await until(() => budget.waiting === 1, 'the body waits');
    await passMinute();
    older.close();
    const { content, latencyMs, timings, waitedMs = 0 } = response(await fetched);
    assert.ok(content?.body.equals(LARGE));
    assert.ok(waitedMs >= MINUTE_MS && latencyMs < MINUTE_MS && (timings.downloadMs ?? MINUTE_MS) < MINUTE_MS, `${waitedMs}, ${latencyMs}`);
    assert.ok(budget.usedBytes >= LARGE.length, 'the body is still held');
    content?.share?.close();
    assert.equal(budget.usedBytes, 0);
  });
}

test('small bodies, and large ones that are only counted, do not wait for memory', async (t) => {
  const { budget, older, get } = await full(t);
  const waiting = get('/plain', true);
  await until(() => budget.waiting === 1, 'the body waits');
  assert.equal(response(await get('/small', true)).content?.body.length, 200_000);
  assert.equal(response(await get('/plain', false)).sizeBytes, LARGE.length);
  assert.equal(response(await get('/gzip', false)).sizeBytes, LARGE.length);
  older.close();
  assert.equal(response(await waiting).waitedMs !== undefined, true);
});

test('the window of a decoder takes memory even if the body is only counted', async (t) => {
  const { budget, older, get } = await full(t);
  const fetched = get('/window', false);
  await until(() => budget.waiting === 1, 'the decoder waits');
  older.close();
  assert.equal(response(await fetched).sizeBytes, LARGE.length);
  assert.equal(budget.usedBytes, 0);
});

test('a body that was cut at the limit keeps its share until its content is released', async (t) => {
  const server = await httpServer(t, (_request, answer) => answer.end(LARGE));
  const budget = new PageBudget(100_000_000);
  const get = fetcherFor(t);
  const { content, truncated } = response(await get(server.origin, { maxBodyBytes: 2_000_000 }, { keepContent: true, budget }));
  assert.deepEqual([truncated, content?.body.length], [true, 2_000_000]);
  assert.ok(budget.usedBytes >= 2_000_000);
  content?.share?.close();
  assert.equal(budget.usedBytes, 0);
});

test('a fetch that ends while it waits takes no memory', async (t) => {
  const { budget, older, get } = await full(t);
  const aborter = new AbortController();
  const fetched = get('/plain', true, aborter.signal);
  await until(() => budget.waiting === 1, 'the body waits');
  aborter.abort();
  assert.equal((await fetched).kind, 'aborted');
  older.close();
  assert.deepEqual([budget.waiting, budget.usedBytes], [0, 0]);
});

test('a server that closes the connection while we wait is a reset', async (t) => {
  const budget = new PageBudget(1_000_000);
  const older = budget.open();
  older.raise(1_000_000, () => undefined);
  let breakOff = () => {};
  const server = await rawServer(t, (socket) => {
    socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n${'x'.repeat(1_000_000)}`));
    breakOff = () => socket.resetAndDestroy();
  });
  const fetched = fetcherFor(t)(server.origin, {}, { keepContent: true, budget });
  await until(() => budget.waiting === 1, 'the body waits');
  breakOff();
  older.close();
  const { verdict, waitedMs } = failure(await fetched);
  assert.equal(verdict, 'reset');
  assert.ok(waitedMs !== undefined);
  assert.equal(budget.usedBytes, 0);
});
