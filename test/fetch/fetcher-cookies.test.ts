import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import type { FetchMoved } from '../../src/fetch/fetch-result.ts';
import { failure, fetcherFor, httpServer, response } from './local-servers.ts';

type Route = (request: IncomingMessage, answer: ServerResponse, cookie: string) => void;

/** A server with these routes. It records the path and Cookie of each request. */
async function cookieServer(t: TestContext, routes: Record<string, Route>, host?: string) {
  const seen: string[] = [];
  const handler = (request: IncomingMessage, answer: ServerResponse) => {
    const { cookie = '' } = request.headers;
    seen.push(`${request.url} ${cookie}`.trim());
    const route = routes[request.url ?? ''];
    if (route === undefined) answer.end('there');
    else route(request, answer, cookie);
  };
  const server = await httpServer(t, handler, host);
  return { port: server.port, origin: `http://${host ?? '127.0.0.1'}:${server.port}`, seen };
}

function go(answer: ServerResponse, location: string, ...cookies: string[]): void {
  answer.writeHead(302, { location, ...(cookies.length > 0 && { 'set-cookie': cookies }) }).end();
}

test('follows a redirect to the same URL that sets a cookie, and starts the next URL without cookies', async (t) => {
  const { origin, seen } = await cookieServer(t, {
    '/self': (_request, answer, cookie) => (cookie.includes('s=1') ? answer.end('ok') : go(answer, '/self', 's=1; Path=/')),
    '/bounce': (_request, answer, cookie) => (cookie.includes('b=1') ? answer.end('ok') : go(answer, '/set')),
    '/set': (_request, answer) => go(answer, '/bounce', 'b=1; HttpOnly', 'other=2; Path=/elsewhere'),
  });
  const get = fetcherFor(t);
  assert.equal(response(await get(`${origin}/self`)).requests, 2);
  assert.equal(response(await get(`${origin}/bounce`)).redirects?.length, 2);
  response(await get(`${origin}/plain`));
  assert.deepEqual(seen, ['/self', '/self s=1', '/bounce', '/set', '/bounce b=1', '/plain']);
});

test("sends cookies only where RFC 6265 allows it, and instead of the run's cookies of the same name", async (t) => {
  const other = await cookieServer(t, { '/away': (_request, answer) => go(answer, `${home.origin}/back`) }, '127.0.0.2');
  const home = await cookieServer(t, {
    '/start': (_request, answer) =>
      go(
        answer,
        `${other.origin}/away`,
        'a=new; Path=/',
        'gone=1; Max-Age=0',
        'foreign=1; Domain=example.com',
        'tls=1; Secure; Domain=other.test',
      ),
    '/back': (_request, answer) => go(answer, '/end', 'late=1'),
  });
  const get = fetcherFor(t);
  response(await get(`${home.origin}/start`, { headers: [['Cookie', 'a=old; own=1']] }));
  assert.deepEqual(home.seen, ['/start a=old; own=1', '/back a=new', '/end a=new; late=1']);
  assert.deepEqual(other.seen, ['/away']);
  home.seen.length = 0;
  response(await get(`${home.origin}/back`, { headers: [['Cookie', 'a=old; own=1']] }));
  assert.deepEqual(home.seen, ['/back a=old; own=1', '/end a=old; own=1; late=1']);
});

test('ignores cookies that are too long, too many or invalid', async (t) => {
  const many = Array.from({ length: 60 }, (_, index) => `c${index}=1`);
  const { origin, seen } = await cookieServer(t, {
    '/many': (_request, answer) => go(answer, '/end', ...many),
    '/odd': (_request, answer) => go(answer, '/end', `long=${'x'.repeat(5_000)}`, '=;=', ';', 'e=\u00e4', 'plain'),
  });
  const get = fetcherFor(t);
  response(await get(`${origin}/many`));
  assert.equal(seen.pop()?.split('; ').length, 50);
  response(await get(`${origin}/odd`));
  assert.doesNotMatch(seen.pop() ?? '', /long/);
});

test('passes cookies beside a chain to its next request, not within it', async (t) => {
  const away = await cookieServer(t, { '/away': (_request, answer) => go(answer, `${home.origin}/back`) }, '127.0.0.2');
  const home = await cookieServer(t, {
    '/start': (_request, answer) => go(answer, `${away.origin}/away`, 'session=opensesame'),
    '/back': (_request, answer, cookie) => answer.writeHead(cookie === '' ? 403 : 200).end(),
  });
  const get = fetcherFor(t);
  const judgeRedirect = (_to: URL, isSameOrigin: boolean) => (isSameOrigin ? 'follow' : 'move');
  const step = async (from?: FetchMoved) => {
    const { chain, cookies } = from ?? {};
    const moved = await get(`${home.origin}/start`, {}, { chain, cookies, judgeRedirect });
    assert.ok(moved.kind === 'moved');
    return moved;
  };
  const first = await step();
  const second = await step(first);
  assert.deepEqual([first.chain.hasCookies, second.chain.hasCookies], [true, true]);
  assert.doesNotMatch(JSON.stringify([first.chain, second.chain]), /opensesame/);
  assert.equal(
    response(await get(`${home.origin}/start`, {}, { chain: second.chain, cookies: second.cookies, judgeRedirect })).status,
    200,
  );
  const { cookies: _, ...lost } = first;
  const without = await step(lost);
  assert.equal(without.chain.hasCookies, true, 'whoever goes on knows that cookies are missing');
  assert.equal(response(await get(`${home.origin}/start`, {}, { chain: without.chain, judgeRedirect })).status, 403);
});

test('an endless loop ends at the limit of redirects', async (t) => {
  const { origin, seen } = await cookieServer(t, { '/': (_request, answer) => go(answer, '/') });
  const result = failure(await fetcherFor(t)(`${origin}/`, { maxRedirects: 3 }));
  assert.deepEqual([result.verdict, result.error.code, result.redirects?.length], ['too-many-redirects', 'REDIRECT_LOOP', 3]);
  assert.match(result.error.message, /in a loop: more than 3 redirects/);
  assert.equal(seen.length, 4);
});
