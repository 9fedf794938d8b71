import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { test } from 'node:test';
import { deadPort, failure, fetcherFor, httpServer, response } from './local-servers.ts';

test('follows and records each redirect status', async (t) => {
  const server = await httpServer(t, (request, answer) => {
    const status = Number(request.url?.slice(1));
    if (status === 200) answer.end('arrived');
    else answer.writeHead(status, { location: '200#part' }).end('moved');
  });
  const get = fetcherFor(t);
  for (const status of [301, 302, 303, 307, 308]) {
    const result = response(await get(`${server.origin}/${status}`));
    assert.deepEqual([result.status, result.sizeBytes, result.requests], [200, 7, 2]);
    assert.equal(result.finalUrl, `${server.origin}/200#part`);
    assert.deepEqual(result.redirects, [{ status, url: `${server.origin}/${status}` }]);
  }
  assert.equal(server.connections, 1, 'a redirect gives its connection back');
});

test('a 3xx without a Location, with an empty one, or with no redirects allowed, is the response', async (t) => {
  const server = await httpServer(t, (request, answer) => {
    if (request.url === '/bare') answer.writeHead(302).end('body');
    else if (request.url === '/empty') answer.writeHead(302, { location: ' ' }).end('body');
    else answer.writeHead(302, { location: '/x' }).end('body');
  });
  const get = fetcherFor(t);
  const bare = response(await get(`${server.origin}/bare`));
  assert.deepEqual([bare.status, bare.sizeBytes, bare.redirects], [302, 4, undefined]);
  const empty = response(await get(`${server.origin}/empty`));
  assert.deepEqual([empty.status, empty.sizeBytes, empty.redirects], [302, 4, undefined]);
  const refused = response(await get(`${server.origin}/y`, { maxRedirects: 0 }));
  assert.deepEqual([refused.status, refused.sizeBytes, refused.redirects], [302, 4, undefined]);
});

test('distinguishes loops from too many redirects, and reports the redirects that were followed', async (t) => {
  const server = await httpServer(t, (request, answer) => {
    const n = Number(request.url?.slice(2));
    const location = request.url?.startsWith('/l') ? `/l${(n + 1) % 3}` : `/n${n + 1}`;
    answer.writeHead(302, { location }).end();
  });
  const get = fetcherFor(t);
  const loop = failure(await get(`${server.origin}/l0`, { maxRedirects: 5 }));
  assert.deepEqual([loop.verdict, loop.error.code, loop.status, loop.retryable], ['too-many-redirects', 'REDIRECT_LOOP', 302, false]);
  assert.deepEqual([loop.redirects?.length, loop.requests], [5, 6]);
  const many = failure(await get(`${server.origin}/n0`, { maxRedirects: 4 }));
  assert.deepEqual([many.verdict, many.error.code, many.redirects?.length], ['too-many-redirects', 'TOO_MANY_REDIRECTS', 4]);
  assert.equal(many.finalUrl, `${server.origin}/n4`);
});

test('follows only http and https', async (t) => {
  const server = await httpServer(t, (_request, answer) => answer.writeHead(302, { location: 'file:///etc/passwd' }).end());
  const result = failure(await fetcherFor(t)(server.origin));
  assert.deepEqual([result.verdict, result.error.code, result.status], ['protocol', 'UNSUPPORTED_REDIRECT', 302]);
});

test('a redirect to a closed port fails and reports the redirects', async (t) => {
  const port = await deadPort();
  const server = await httpServer(t, (_request, answer) => answer.writeHead(301, { location: `http://127.0.0.1:${port}/end` }).end());
  const result = failure(await fetcherFor(t)(`${server.origin}/start`));
  assert.deepEqual([result.verdict, result.status, result.finalUrl], ['refused', 301, `http://127.0.0.1:${port}/end`]);
  assert.deepEqual(result.redirects, [{ status: 301, url: `${server.origin}/start` }]);
});

test('sends credentials only to their own origin, and not after a redirect back to it', async (t) => {
  const seen: Array<[string, IncomingHttpHeaders]> = [];
  const other = await httpServer(t, (request, answer) => {
    seen.push([`other${request.url}`, request.headers]);
    answer.writeHead(302, { location: `${home.origin}/back` }).end();
  });
  const home = await httpServer(t, (request, answer) => {
    seen.push([`home${request.url}`, request.headers]);
    if (request.url === '/start') answer.writeHead(302, { location: '/same' }).end();
    else if (request.url === '/same') answer.writeHead(302, { location: `${other.origin}/away` }).end();
    else answer.end();
  });
  const headers = [
    ['Authorization', 'Bearer t'],
    ['Cookie', 'c=1'],
    ['X-Api-Key', 'env:KEY'],
    ['X-Plain', 'p'],
  ] as const;
  response(await fetcherFor(t, { env: { KEY: 'k' } })(`${home.origin}/start`, { headers }));
  const shown = seen.map(([where, { authorization, cookie, 'x-api-key': key, 'x-plain': plain }]) => [
    where,
    authorization,
    cookie,
    key,
    plain,
  ]);
  assert.deepEqual(shown, [
    ['home/start', 'Bearer t', 'c=1', 'k', 'p'],
    ['home/same', 'Bearer t', 'c=1', 'k', 'p'],
    ['other/away', undefined, undefined, undefined, 'p'],
    ['home/back', undefined, undefined, undefined, 'p'],
  ]);
});

test('does not send userinfo of the first URL to another origin', async (t) => {
  let away: IncomingHttpHeaders = {};
  const other = await httpServer(t, (request, answer) => {
    away = request.headers;
    answer.end();
  });
  const home = await httpServer(t, (_request, answer) => answer.writeHead(302, { location: other.origin }).end());
  response(await fetcherFor(t)(`http://u:p@127.0.0.1:${home.port}/`));
  assert.equal(away.authorization, undefined);
  assert.equal(away['user-agent'], 'trawl-test/1');
});

test('sends each origin its own credentials only', async (t) => {
  const seen: Array<readonly [server: string, authorization: string | undefined]> = [];
  const last = await httpServer(t, (request, answer) => {
    seen.push(['last', request.headers.authorization]);
    answer.end('there');
  });
  const second = await httpServer(t, (request, answer) => {
    seen.push(['second', request.headers.authorization]);
    answer.writeHead(302, { location: `${last.origin}/` }).end();
  });
  const first = await httpServer(t, (request, answer) => {
    seen.push(['first', request.headers.authorization]);
    answer.writeHead(302, { location: `${second.origin}/` }).end();
  });
  const auth = [
    [first.origin, 'a:1'],
    [second.origin, 'b:2'],
  ] as const;
  response(await fetcherFor(t)(`${first.origin}/`, { auth, headers: [['authorization', 'Bearer run']] }));
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  assert.deepEqual(seen, [
    ['first', basic('a:1')],
    ['second', basic('b:2')],
    ['last', undefined],
  ]);
  seen.length = 0;
  response(await fetcherFor(t)(`${first.origin}/`, { auth }, { headers: [['Authorization', 'Bearer own']] }));
  assert.deepEqual(seen, [
    ['first', 'Bearer own'],
    ['second', basic('b:2')],
    ['last', undefined],
  ]);
});
