import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { UsageError } from '../../../src/core/errors.ts';
import { type Log, silentLog } from '../../../src/core/log.ts';
import { readBatch } from '../../../src/engine/read-batch.ts';
import { openSources } from '../../../src/producer/sources/open-source.ts';
import type { SourceSpec } from '../../../src/producer/sources/source.ts';
import { runOptions } from '../../fetch/local-servers.ts';
import { startSite } from '../../helpers/site.ts';

const urlset = (...urls: string[]) => `<urlset>${urls.map((url) => `<url><loc>${url}</loc></url>`).join('')}</urlset>`;
const index = (...urls: string[]) => `<sitemapindex>${urls.map((url) => `<sitemap><loc>${url}</loc></sitemap>`).join('')}</sitemapindex>`;

/** A site with these bodies by path. */
async function siteOf(t: TestContext, bodies: Record<string, string | RequestListener>) {
  const site = await startSite((request, response) => {
    const body = bodies[request.url ?? ''];
    if (typeof body === 'function') body(request, response);
    else if (body === undefined) response.writeHead(404).end('no');
    else response.end(body);
  });
  t.after(() => site.close());
  return site;
}

/** The lines of the sources, and what was said of them. */
async function read(specs: readonly SourceSpec[], foreign: Record<string, string> = {}) {
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (_, message) => warnings.push(message) };
  const asked: string[] = [];
  const fetchForeign = async (url: string) => {
    asked.push(url);
    return foreign[url] === undefined ? { problem: 'is refused' } : Readable.from([Buffer.from(foreign[url])]);
  };
  const lines: string[] = [];
  for (const source of await openSources(specs, { stdin: Readable.from([]), log, fetchForeign })) {
    if (source.name === 'command line') continue;
    for await (const chunk of source.lines(new AbortController().signal)) lines.push(...chunk);
  }
  return { lines, warnings, asked };
}

test('auto takes the sitemaps that robots.txt names, and of their pages those on hosts that were named', async (t) => {
  const site = await siteOf(t, {
    '/robots.txt': 'User-agent: *\nDisallow: /\nSitemap: /one.xml\nSitemap: http://maps.example/two.xml\n',
    '/one.xml': (request, response) => response.end(urlset(`http://${request.headers.host}/a`, 'http://elsewhere.example/b')),
  });
  const two = urlset(`${site.origin}/c`);
  const { lines, warnings, asked } = await read(
    [
      { kind: 'url', url: `${site.origin}/start` },
      { kind: 'sitemap', url: 'auto' },
    ],
    { 'http://maps.example/two.xml': two },
  );
  assert.deepEqual(lines, [`${site.origin}/a`, `${site.origin}/c`]);
  assert.deepEqual(asked, ['http://maps.example/two.xml']);
  assert.deepEqual(warnings, ['the sitemaps list pages on other hosts, which are left out: 1']);
});

test('auto falls back on /sitemap.xml, and says where there is neither', async (t) => {
  const site = await siteOf(t, { '/sitemap.xml': (request, response) => response.end(urlset(`http://${request.headers.host}/a`)) });
  const bare = await siteOf(t, {});
  const empty = await siteOf(t, { '/sitemap.xml': urlset() });
  const { lines, warnings } = await read([
    { kind: 'url', url: `${site.origin}/` },
    { kind: 'url', url: `${bare.origin}/` },
    { kind: 'url', url: `${empty.origin}/` },
    { kind: 'sitemap', url: 'auto' },
  ]);
  assert.deepEqual(lines, [`${site.origin}/a`]);
  assert.deepEqual(warnings, [
    `${bare.origin} has no sitemap: neither its robots.txt nor /sitemap.xml`,
    `sitemap ${empty.origin}/sitemap.xml lists no page`,
  ]);
});

test('auto without a URL is refused', async () => {
  await assert.rejects(read([{ kind: 'sitemap', url: 'auto' }]), (error) => error instanceof UsageError && /give one/.test(error.message));
});

test('what a sitemap leads to on another host is fetched as what nobody named, and redirects do not leave the host', async (t) => {
  const site = await siteOf(t, {
    '/map': index('http://127.0.0.2:9/private.xml', '/moved.xml', '/away.xml'),
    '/moved.xml': (_, response) => response.writeHead(302, { location: '/here.xml' }).end(),
    '/here.xml': urlset('http://a.example/1'),
    '/away.xml': (_, response) => response.writeHead(302, { location: 'http://127.0.0.2:9/x' }).end(),
  });
  const { lines, warnings, asked } = await read([{ kind: 'sitemap', url: `${site.origin}/map` }]);
  assert.deepEqual(lines, ['http://a.example/1']);
  assert.deepEqual(asked, ['http://127.0.0.2:9/private.xml']);
  assert.deepEqual(warnings, [
    'sitemap http://127.0.0.2:9/private.xml is refused',
    `sitemap ${site.origin}/away.xml cannot be downloaded: it redirects to another host, 127.0.0.2`,
  ]);
});

test('pages on other hosts than the sitemap that lists them are not taken for named', () => {
  const batch = { number: 0, firstLine: 1, lines: ['http://own.example/', 'http://10.0.0.1/'], namedHost: 'own.example' };
  const { entries } = readBatch('r', batch, runOptions(), 0, 'allow');
  assert.deepEqual(
    entries.map(({ request }) => request?.foreign),
    [undefined, true],
  );
});
