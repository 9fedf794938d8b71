import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { createGzip, gzipSync } from 'node:zlib';
import { UsageError } from '../../../src/model/errors.ts';
import { type Log, silentLog } from '../../../src/model/log.ts';
import { openSources } from '../../../src/producer/sources/open-source.ts';
import type { Source } from '../../../src/producer/sources/source.ts';
import { runOptions } from '../../fetch/local-servers.ts';
import { startSite } from '../../helpers/site.ts';

const index = (...urls: string[]) => `<sitemapindex>${urls.map((url) => `<sitemap><loc>${url}</loc></sitemap>`).join('')}</sitemapindex>`;
const urlset = (...urls: string[]) => `<urlset>${urls.map((url) => `<url><loc>${url}</loc></url>`).join('')}</urlset>`;

const downloads = { run: runOptions(), fetcher: {} };

/**
 * A site with these bodies by path, and a function that opens one of its sitemaps. Warnings are recorded without the
 * site's address.
 */
async function scene(t: TestContext, bodies: Record<string, string | Uint8Array | RequestListener>) {
  const site = await startSite((request, response) => {
    const body = bodies[request.url ?? ''];
    if (typeof body === 'function') body(request, response);
    else if (body === undefined) response.writeHead(404).end('no');
    else response.end(body);
  });
  t.after(() => site.close());
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (_, message) => warnings.push(message.replaceAll(site.origin, '')) };
  const open = async (path: string): Promise<Source> => {
    const sources = await openSources([{ kind: 'sitemap', url: `${site.origin}${path}` }], { stdin: Readable.from([]), log, downloads });
    return sources[0] as Source;
  };
  const refuses = async (path: string, message: RegExp) => {
    await assert.rejects(
      linesOf(await open(path)),
      (error: Error) => error instanceof UsageError && message.test(error.message.replaceAll(site.origin, '')),
    );
  };
  return { site, warnings, open, refuses };
}

async function linesOf(source: Source, signal = new AbortController().signal): Promise<string[]> {
  const lines: string[] = [];
  for await (const chunk of source.lines(signal)) lines.push(...chunk);
  return lines;
}

test('the lines of a sitemap are its pages and those of the sitemaps below it; one that fails is logged, and the others are read', async (t) => {
  const { site, warnings, open } = await scene(t, {
    '/moved': (_, response) => response.writeHead(301, { location: '/index' }).end(),
    '/index': index('/none', '/a.xml', '/page.html', '/breaks', '/b.gz'),
    '/a.xml': urlset('http://a.example/1', 'ftp://a.example/'),
    '/page.html': '<!doctype html><html></html>',
    '/breaks': (_, response) =>
      response.writeHead(200, { 'content-length': 9_999 }).write(urlset('http://a.example/2'), () => response.destroy()),
    '/b.gz': gzipSync('http://a.example/3\n'),
  });
  const source = await open('/moved');
  assert.deepEqual([source.name, source.live, source.identity], [`${site.origin}/moved`, false, undefined]);
  assert.deepEqual(await linesOf(source), ['http://a.example/1', 'http://a.example/2', 'http://a.example/3']);
  assert.equal(warnings.length, 4);
  assert.equal(warnings[0], 'sitemap /none cannot be downloaded: the server answered 404');
  assert.equal(warnings[1], 'sitemap /a.xml has entries without an http or https URL, which are ignored: 1');
  assert.equal(warnings[2], 'sitemap /page.html is not a sitemap: it is an HTML page');
  assert.match(warnings[3] as string, /^sitemap \/breaks was interrupted: \S/);
});

test('a URL without a sitemap is refused with the reason', async (t) => {
  const { open, refuses, warnings } = await scene(t, {
    '/page': '<html></html>',
    '/json': '{}',
    '/blank': '',
    '/index': index('/none'),
    '/without-pages': urlset(),
  });
  await refuses('/none', /^cannot download the sitemap \/none: the server answered 404$/);
  await refuses('/page', /^\/page is not a sitemap: it is an HTML page$/);
  await refuses('/json', /^\/json is not a sitemap: it is neither/);
  await refuses('/blank', /^\/blank is empty$/);
  await refuses('/index', /^\/index leads to no pages: the log says/);
  warnings.length = 0;
  assert.deepEqual(await linesOf(await open('/without-pages')), []);
  assert.deepEqual(warnings, ['sitemap /without-pages lists no pages']);
  const opens = (url: string) => openSources([{ kind: 'sitemap', url }], { stdin: Readable.from([]), downloads });
  await assert.rejects(opens('sitemap.xml'), /a sitemap needs an http or https URL/);
  await assert.rejects(opens('http://me:s3cret@example.com/s.xml'), (error: Error) => !error.message.includes('s3cret'));
});

test('pages of one sitemap do not wait for the next one', async (t) => {
  const { open } = await scene(t, {
    '/index': index('/a', '/b', '/silent'),
    '/a': urlset('http://a.example/'),
    '/b': urlset('http://b.example/'),
    '/silent': () => {},
  });
  const stop = new AbortController();
  const chunks = (await open('/index')).lines(stop.signal)[Symbol.asyncIterator]();
  assert.deepEqual((await chunks.next()).value, ['http://a.example/']);
  const next = chunks.next();
  stop.abort(new Error('stopped'));
  await assert.rejects(next, /stopped/);
});

test('a stop in the middle of the last sitemap does not count as its end', async (t) => {
  const { open, warnings } = await scene(t, { '/list': (_, response) => void response.write('http://a.example/\n'.repeat(600)) });
  const stop = new AbortController();
  const chunks = (await open('/list')).lines(stop.signal)[Symbol.asyncIterator]();
  assert.equal((await chunks.next()).value?.length, 500);
  stop.abort(new Error('stopped'));
  await assert.rejects(async () => {
    while ((await chunks.next()).done !== true);
  }, /stopped/);
  assert.deepEqual(warnings, []);
});

test('a large sitemap is read as it arrives, and dropped when it exceeds the limit', async (t) => {
  // Random, because compressible text would be downloaded completely before the first line is read.
  const thousand = Array.from({ length: 1_000 }, () => `<url><loc>http://a.example/${randomBytes(30).toString('hex')}</loc></url>\n`).join(
    '',
  );
  let sent = 0;
  const { warnings, open } = await scene(t, {
    '/large.xml.gz': (_, response) => {
      async function* pages() {
        yield '<urlset>';
        // A hundred times the limit.
        for (; sent < 5_000_000; sent += 1_000) yield thousand;
      }
      Readable.from(pages())
        .pipe(createGzip({ level: 1 }))
        .on('error', () => {})
        .pipe(response);
    },
  });
  let lines = 0;
  for await (const chunk of (await open('/large.xml.gz')).lines(new AbortController().signal)) {
    lines += chunk.length;
    assert.ok(chunk.length <= 500);
  }
  assert.equal(lines, 50_000);
  assert.deepEqual(warnings, ['sitemap /large.xml.gz lists more than 50000 URLs: the rest is not read']);
  assert.ok(sent < 1_000_000, `${sent} pages were sent`);
});
