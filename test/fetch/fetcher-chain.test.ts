import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { type TestContext, test } from 'node:test';
import type { FetchMoved, FetchResult } from '../../src/fetch/fetch-result.ts';
import type { Chain } from '../../src/model/chain.ts';
import { failure, fetcherFor, httpServer, response } from './local-servers.ts';

const STAY = (_to: URL, isSameOrigin: boolean) => (isSameOrigin ? 'follow' : 'move');

function moved(result: FetchResult): FetchMoved {
  if (result.kind !== 'moved') throw new Error(`not moved: ${JSON.stringify(result)}`);
  return result;
}

/**
 * Two servers. `/hop/N` of the first redirects to `/hop/N-1`, and `/hop/0` to the second server, which returns the
 * request that it got.
 */
async function twoServers(t: TestContext) {
  const headers: IncomingHttpHeaders[] = [];
  const last = await httpServer(t, (request, answer) => {
    headers.push(request.headers);
    if (request.url === '/silent') return;
    if (request.url === '/back') answer.writeHead(302, { location: `${first.origin}/hop/0` });
    answer.end(`${request.method} ${request.url}`);
  });
  const first = await httpServer(t, (request, answer) => {
    const hop = Number(/^\/hop\/(\d)$/.exec(request.url ?? '')?.[1] ?? 0);
    const location = hop > 0 ? `/hop/${hop - 1}` : request.url === '/secret' ? last.origin.replace('//', '//u:p@') : `${last.origin}/end`;
    answer.writeHead(request.url === '/see' ? 303 : 302, { location: request.url === '/stall' ? `${last.origin}/silent` : location }).end();
  });
  return { first, last, headers };
}

test('a fetch that must not continue ends as moved, and another fetch continues it as if they were one', async (t) => {
  const { first, last, headers } = await twoServers(t);
  const get = fetcherFor(t);
  const request = `${first.origin}/hop/2`;
  const { chain, authorization } = moved(await get(request, {}, { judgeRedirect: STAY }));
  assert.deepEqual(
    [chain.home, chain.url, chain.requests, chain.redirects.map(({ url }) => url.slice(first.origin.length)), authorization],
    [first.origin, `${last.origin}/end`, 3, ['/hop/2', '/hop/1', '/hop/0'], undefined],
  );
  assert.equal(headers.length, 0, 'nothing was sent to the other origin');
  const waited: Chain = { ...chain, usedMs: 5_000 };
  const options = { headers: [['Cookie', 'c=1'] as const] };
  const result = response(await get(request, options, { chain: waited, judgeRedirect: STAY, keepContent: true }));
  assert.equal(String(result.content?.body), 'GET /end');
  assert.deepEqual([result.redirects, result.finalUrl, result.requests], [chain.redirects, `${last.origin}/end`, 4]);
  assert.equal(result.startedAtMs, chain.startedAtMs);
  assert.ok(result.latencyMs >= 5_000, 'the time that the first requests took counts');
  assert.equal(headers[0]?.cookie, undefined);
});

test('the limit of redirects, loop detection and the timeout apply to the whole chain', async (t) => {
  const { first, last } = await twoServers(t);
  const get = fetcherFor(t);
  const request = `${first.origin}/hop/1`;
  const { chain } = moved(await get(request, {}, { judgeRedirect: STAY }));
  const back: Chain = { ...chain, url: `${last.origin}/back` };
  const loop = failure(await get(request, { maxRedirects: 2 }, { chain: back, judgeRedirect: STAY }));
  assert.deepEqual([loop.error.code, loop.redirects?.length], ['REDIRECT_LOOP', 2]);
  const many: Chain = { ...back, redirects: [{ status: 302, url: `${first.origin}/other` }] };
  assert.equal(failure(await get(request, { maxRedirects: 1 }, { chain: many })).error.code, 'TOO_MANY_REDIRECTS');
  const silent: Chain = { ...chain, url: `${last.origin}/silent`, usedMs: 29_900 };
  const timeout = failure(await get(request, { timeoutMs: 30_000 }, { chain: silent, timeLeftMs: 100 }));
  assert.equal(timeout.verdict, 'timeout');
  assert.ok(timeout.latencyMs >= 30_000 && timeout.status === 302);
});

test('a chain contains no credentials, and continues with those that are passed along', async (t) => {
  const { first, headers } = await twoServers(t);
  const get = fetcherFor(t);
  const request = `${first.origin}/secret`;
  const { chain, authorization } = moved(await get(request, {}, { judgeRedirect: STAY }));
  assert.equal(chain.needsSecret, true);
  assert.equal(authorization, `Basic ${btoa('u:p')}`);
  assert.doesNotMatch(JSON.stringify(chain), /u:p|dTpw/);
  response(await get(request, {}, { chain, authorization }));
  response(await get(request, {}, { chain }));
  assert.deepEqual(
    headers.map((each) => each.authorization),
    [authorization, undefined],
  );
});

test('a chain keeps the method that a redirect set, without the body', async (t) => {
  const { first, headers } = await twoServers(t);
  const get = fetcherFor(t);
  const post = { method: 'POST', body: 'x', headers: [['Content-Type', 'text/plain'] as const] };
  const { chain } = moved(await get(`${first.origin}/see`, {}, { ...post, judgeRedirect: STAY }));
  assert.equal(chain.method, 'GET');
  const result = response(await get(`${first.origin}/see`, {}, { ...post, chain, keepContent: true }));
  assert.equal(String(result.content?.body), 'GET /end');
  assert.deepEqual([headers[0]?.['content-type'], headers[0]?.['content-length']], [undefined, undefined]);
});

test('a refused redirect is a failure that includes the redirects before it', async (t) => {
  const { first, headers } = await twoServers(t);
  const refusal = { verdict: 'robots', error: { code: 'NO', message: 'no' }, retryable: false } as const;
  const result = failure(await fetcherFor(t)(`${first.origin}/hop/0`, {}, { judgeRedirect: () => refusal }));
  assert.deepEqual([result.verdict, result.error.code, result.status, result.redirects?.length], ['robots', 'NO', 302, 1]);
  assert.equal(headers.length, 0);
});
