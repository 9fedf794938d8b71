import assert from 'node:assert/strict';
import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { FetcherOptions } from '../../../src/fetch/fetcher.ts';
import { UsageError } from '../../../src/model/errors.ts';
import type { RunOptions } from '../../../src/model/run-options.ts';
import { openSources } from '../../../src/producer/sources/open-source.ts';
import type { SourceSpec } from '../../../src/producer/sources/source.ts';
import { httpServer, rawServer, runOptions, until } from '../../fetch/local-servers.ts';
import { scaledMs } from '../../helpers/until.ts';

interface How {
  run?: Partial<RunOptions>;
  fetcher?: FetcherOptions;
}

const LIST = 'http://a.example/\nhttp://b.example/\n';

async function opened(spec: SourceSpec, { run = {}, fetcher = {} }: How = {}) {
  const downloads = { run: runOptions({ privateAddresses: 'seeds', ...run }), fetcher };
  const [source] = await openSources([spec], { stdin: Readable.from([]), downloads });
  assert.ok(source);
  return source;
}

async function linesOf(url: string, how?: How, signal = new AbortController().signal): Promise<string[]> {
  const lines: string[] = [];
  for await (const chunk of (await opened({ kind: 'list-url', url }, how)).lines(signal)) lines.push(...chunk);
  return lines;
}

function refuses(reading: Promise<unknown>, message: RegExp): Promise<void> {
  return assert.rejects(reading, (error: Error) => error instanceof UsageError && message.test(error.message));
}

/** A server that answers with a list and records the headers of its requests. */
async function listServer(t: TestContext, answer: RequestListener = (_, response) => response.end(LIST)) {
  const asked: (IncomingHttpHeaders & { path: string | undefined })[] = [];
  const server = await httpServer(t, (request, response) => {
    asked.push({ ...request.headers, path: request.url });
    answer(request, response);
  });
  return { ...server, asked };
}

test('a list is requested with the headers, credentials and user agent of the run', async (t) => {
  const { origin, asked } = await listServer(t);
  const run = {
    userAgent: 'mine/1',
    headers: [
      ['X-Team', 'a'],
      ['X-Token', 'env:TOKEN'],
    ] as const,
    auth: [[origin, 'me:secret']] as const,
  };
  await linesOf(origin, { run, fetcher: { env: { TOKEN: 't' } } });
  await linesOf(origin, { run });
  await linesOf(origin, { run: { headers: [['Accept', 'text/csv']] } });
  const seen = asked.map((headers) => [
    headers['user-agent'],
    headers['x-team'],
    headers['x-token'],
    headers.authorization,
    headers.accept,
  ]);
  const basic = `Basic ${Buffer.from('me:secret').toString('base64')}`;
  assert.deepEqual(seen, [
    ['mine/1', 'a', 't', basic, 'text/plain, */*;q=0.5'],
    ['mine/1', 'a', undefined, basic, 'text/plain, */*;q=0.5'],
    ['trawl-test/1', undefined, undefined, undefined, 'text/csv'],
  ]);
});

test('a list and the sitemaps of a site are requested through the proxy', async (t) => {
  const proxy = await listServer(t, (request, response) => {
    const isRobots = request.url?.endsWith('/robots.txt') === true;
    response.end(
      isRobots ? 'Sitemap: /map.xml' : request.url?.endsWith('.xml') === true ? '<urlset><url><loc>/p</loc></url></urlset>' : LIST,
    );
  });
  const fetcher = { proxies: { all: proxy.origin } };
  assert.deepEqual(await linesOf('http://list.example/urls', { fetcher }), ['http://a.example/', 'http://b.example/']);
  const [, auto] = await openSources(
    [
      { kind: 'url', url: 'site.example' },
      { kind: 'sitemap', url: 'auto' },
    ],
    { stdin: Readable.from([]), downloads: { run: runOptions(), fetcher } },
  );
  const pages: string[] = [];
  for await (const chunk of auto?.lines(new AbortController().signal) ?? []) pages.push(...chunk);
  assert.deepEqual(pages, ['http://site.example/p']);
  const paths = proxy.asked.map(({ path }) => path);
  assert.deepEqual(paths, ['http://list.example/urls', 'http://site.example/robots.txt', 'http://site.example/map.xml']);
});

test('the host of a list may be private, a redirect target may not, and the limit of the process holds', async (t) => {
  const other = await listServer(t);
  const { origin } = await listServer(t, (request, response) => {
    if (request.url === '/away') response.writeHead(302, { location: `http://localhost:${other.port}/` }).end();
    else response.end(LIST);
  });
  assert.equal((await linesOf(origin)).length, 2);
  await refuses(
    linesOf(`${origin}/away`),
    /^cannot download the list http\S+\/away: localhost resolves to \S+, which is a private address/,
  );
  assert.equal((await linesOf(`${origin}/away`, { run: { privateAddresses: 'allow' } })).length, 2);
  await refuses(linesOf(origin, { fetcher: { privateCeiling: 'deny' } }), /this worker refuses it/);
  assert.equal(other.asked.length, 1);
});

test('the timeout limits the silence of a server, not the duration of a download', async (t) => {
  const timeoutMs = scaledMs(300);
  const run = { timeoutMs };
  const silent = await rawServer(t, (socket) => socket.resume());
  const silence = refuses(linesOf(silent.origin, { run }), /: no answer from 127\.0\.0\.1:\d+ within \d+ ms: --timeout allows more$/);
  const stuck = await httpServer(t, (_, response) => response.write(LIST));
  const stop = refuses(linesOf(stuck.origin, { run }), /: nothing more of the body from 127\.0\.0\.1:\d+ within \d+ ms/);
  // All pieces together take longer than the timeout.
  const slow = await httpServer(t, (_, response) => {
    let left = 10;
    const timer = setInterval(() => (left-- > 0 ? response.write(LIST) : response.end()), 60);
    response.on('close', () => clearInterval(timer));
  });
  const [lines] = await Promise.all([linesOf(slow.origin, { run }), silence, stop]);
  assert.equal(lines.length, 20);
});

for (const encoding of ['identity', 'gzip']) {
  test(`a list (${encoding}) is read no faster than its lines are consumed, and to its last byte`, async (t) => {
    const lines = Array.from({ length: 60_000 }, (_, index) => `http://a.example/${index}/${'x'.repeat(200)}`);
    const text = Buffer.from(lines.join('\n'));
    const body = encoding === 'gzip' ? gzipSync(text, { level: 0 }) : text;
    let sentBytes = 0;
    const { origin } = await httpServer(t, (_, response) => {
      const pieces = function* () {
        for (; sentBytes < body.length; sentBytes += 65_536) yield body.subarray(sentBytes, sentBytes + 65_536);
      };
      response.setHeader('content-encoding', encoding);
      Readable.from(pieces()).pipe(response);
    });
    const source = await opened({ kind: 'list-url', url: origin }, { run: { timeoutMs: 60_000 } });
    const taken: string[] = [];
    for await (const chunk of source.lines(new AbortController().signal)) {
      if (taken.length === 0) {
        let before = -1;
        await until(() => {
          const waits = sentBytes === before;
          before = sentBytes;
          return waits;
        }, 'the server has to wait');
        // The buffers of both sockets hold about 6 MB.
        assert.ok(sentBytes < body.length * 0.7, `${sentBytes} of ${body.length} bytes were sent ahead`);
      }
      taken.push(...chunk);
    }
    assert.ok(taken.join('\n') === text.toString(), 'the lines are those that were sent');
  });
}

test('a server that disconnects while nobody reads ends the list after the lines that arrived', async (t) => {
  let isGone = false;
  const { origin } = await httpServer(t, (_, response) => {
    response.writeHead(200, { 'content-length': 1_000_000 }).write(LIST.repeat(4_000), () => response.destroy());
    response.on('close', () => (isGone = true));
  });
  const source = await opened({ kind: 'list-url', url: origin });
  let lines = 0;
  const reading = (async () => {
    for await (const chunk of source.lines(new AbortController().signal)) {
      await until(() => isGone, 'the server is gone');
      lines += chunk.length;
    }
  })();
  await refuses(reading, /closed the connection before the body was complete/);
  assert.ok(lines > 0);
});

test('a consumer that stops early ends the download, and so does the stop', async (t) => {
  const server = await httpServer(t, (_, response) => {
    const more = () => {
      while (!response.destroyed && response.write(LIST.repeat(1_000)));
    };
    response.on('drain', more);
    more();
  });
  const source = await opened({ kind: 'list-url', url: server.origin });
  for await (const chunk of source.lines(new AbortController().signal)) {
    assert.ok(chunk.length > 0);
    break;
  }
  await until(() => server.open === 0, 'the connection is closed');
  const stop = new AbortController();
  const reading = (async () => {
    for await (const _ of source.lines(stop.signal)) stop.abort(new Error('stopped'));
  })();
  await assert.rejects(reading, /stopped/);
  await until(() => server.open === 0, 'the connection is closed again');
});
