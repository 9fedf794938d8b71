import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { readBatch } from '../../../src/engine/read-batch.ts';
import { UsageError } from '../../../src/model/errors.ts';
import { type Log, silentLog } from '../../../src/model/log.ts';
import type { RunOptions } from '../../../src/model/run-options.ts';
import { openSources } from '../../../src/producer/sources/open-source.ts';
import type { SourceSpec } from '../../../src/producer/sources/source.ts';
import { httpServer, runOptions } from '../../fetch/local-servers.ts';

const urlset = (...urls: string[]) => `<urlset>${urls.map((url) => `<url><loc>${url}</loc></url>`).join('')}</urlset>`;
const index = (...urls: string[]) => `<sitemapindex>${urls.map((url) => `<sitemap><loc>${url}</loc></sitemap>`).join('')}</sitemapindex>`;

/** A site with these bodies by path. */
async function siteOf(t: TestContext, bodies: Record<string, string | RequestListener>, host?: string) {
  return httpServer(
    t,
    (request, response) => {
      const body = bodies[request.url ?? ''];
      if (typeof body === 'function') body(request, response);
      else if (body === undefined) response.writeHead(404).end('no');
      else response.end(body);
    },
    host,
  );
}

/** The lines of the sources, and the log messages about them. */
async function read(specs: readonly SourceSpec[], options: Partial<RunOptions> = { privateAddresses: 'seeds' }) {
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (_, message) => warnings.push(message) };
  const downloads = { run: runOptions(options), fetcher: {} };
  const lines: string[] = [];
  for (const source of await openSources(specs, { stdin: Readable.from([]), log, downloads })) {
    if (source.name === 'command line') continue;
    for await (const chunk of source.lines(new AbortController().signal)) lines.push(...chunk);
  }
  return { lines, warnings };
}

test('auto reads the sitemaps that robots.txt names, and takes only pages on named hosts', async (t) => {
  const other = await siteOf(t, { '/two.xml': (_, response) => response.end(urlset(`${site.origin}/c`)) }, '127.0.0.2');
  const two = `http://127.0.0.2:${other.port}/two.xml`;
  const site = await siteOf(t, {
    '/robots.txt': (_, response) => response.end(`User-agent: *\nDisallow: /\nSitemap: /one.xml\nSitemap: ${two}\n`),
    '/one.xml': (request, response) => response.end(urlset(`http://${request.headers.host}/a`, 'http://elsewhere.example/b')),
  });
  const specs: SourceSpec[] = [
    { kind: 'url', url: `${site.origin}/start` },
    { kind: 'sitemap', url: 'auto' },
  ];
  const { lines, warnings } = await read(specs, { privateAddresses: 'allow' });
  assert.deepEqual(lines, [`${site.origin}/a`, `${site.origin}/c`]);
  assert.deepEqual(warnings, ['the sitemaps list pages on other hosts, which are ignored: 1']);
});

test('auto falls back on /sitemap.xml, and logs sites with neither', async (t) => {
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
    `sitemap ${empty.origin}/sitemap.xml lists no pages`,
  ]);
});

test('auto without a URL is refused', async () => {
  await assert.rejects(
    read([{ kind: 'sitemap', url: 'auto' }]),
    (error) => error instanceof UsageError && /needs a URL/.test(error.message),
  );
});

test('neither a sitemap nor a redirect may lead to private addresses that nobody named', async (t) => {
  const other = await siteOf(t, {}, '127.0.0.2');
  const hidden = `http://127.0.0.2:${other.port}/private.xml`;
  const site = await siteOf(t, {
    '/map': index(hidden, '/moved.xml', '/away.xml'),
    '/moved.xml': (_, response) => response.writeHead(302, { location: '/here.xml' }).end(),
    '/here.xml': urlset('http://a.example/1'),
    '/away.xml': (_, response) => response.writeHead(302, { location: hidden }).end(),
  });
  const { lines, warnings } = await read([{ kind: 'sitemap', url: `${site.origin}/map` }]);
  assert.deepEqual(lines, ['http://a.example/1']);
  const refusal = 'cannot be downloaded: 127.0.0.2 is a private address (loopback)';
  assert.deepEqual(
    warnings.map((warning) => warning.split(': name the host')[0]),
    [`sitemap ${hidden} ${refusal}`, `sitemap ${site.origin}/away.xml ${refusal}`],
  );
  assert.equal(other.connections, 0);
  assert.equal(site.connections, 1);
});

test('pages on hosts other than that of their sitemap do not count as named', () => {
  const batch = { number: 0, firstLine: 1, lines: ['http://own.example/', 'http://10.0.0.1/'], namedHost: 'own.example' };
  const { entries } = readBatch('r', batch, runOptions(), 0, 'allow');
  assert.deepEqual(
    entries.map(({ request }) => request?.foreign),
    [undefined, true],
  );
});
