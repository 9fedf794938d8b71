import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FetchedSitemap, type WalkLimits, type WalkReport, walkSitemaps } from '../../../src/producer/sources/walk-sitemaps.ts';
import { inPieces } from '../../parse/sitemap/read-all.ts';

const BASE = 'http://example.com';
const index = (...paths: string[]) =>
  `<sitemapindex>${paths.map((path) => `<sitemap><loc>${path}</loc></sitemap>`).join('')}</sitemapindex>`;
const pages = (...paths: string[]) => `<urlset>${paths.map((path) => `<url><loc>${path}</loc></url>`).join('')}</urlset>`;

/** Walks from `/start` through these bodies by path; a body that is not text is a download problem. */
async function walk(bodies: Record<string, string | FetchedSitemap>, limits: Partial<WalkLimits> = {}) {
  const fetched: string[] = [];
  const problems: string[] = [];
  const report = (event: WalkReport) => {
    const problem = event.kind === 'read' ? event.end.problem : event.message;
    if (problem !== undefined) problems.push(`${event.url.slice(BASE.length)} ${problem}`);
  };
  const fetchBody = async (url: string): Promise<FetchedSitemap> => {
    const path = url.slice(BASE.length);
    fetched.push(path);
    const body = bodies[path] ?? { problem: 'the server answered 404' };
    return typeof body === 'string' ? inPieces(body) : body;
  };
  const found: string[] = [];
  for await (const { url } of walkSitemaps([`${BASE}/start`], { fetchBody, report, limits })) found.push(url.slice(BASE.length));
  return { fetched, found, problems };
}

test('the sitemaps of an index are read, each once', async () => {
  const { fetched, found, problems } = await walk({
    '/start': index('/a', '/b', '/a', '/start'),
    '/a': pages('/1', '/2'),
    '/b': index('/start', '/c'),
    '/c': pages('/3'),
  });
  assert.deepEqual(fetched, ['/start', '/a', '/b', '/c']);
  assert.deepEqual(found, ['/1', '/2', '/3']);
  assert.deepEqual(problems, []);
});

test('a sitemap that cannot be downloaded, is not a sitemap, or breaks off does not stop the others', async () => {
  async function* breaking() {
    yield Buffer.from(pages('/1').slice(0, -'</urlset>'.length).padEnd(5_000));
    throw new Error('reset');
  }
  const { found, problems } = await walk({
    '/start': index('/none', '/html', '/breaks', '/cut', '/good'),
    '/html': '<html></html>',
    '/breaks': breaking(),
    '/cut': '<urlset><url><loc>/2</loc></url>',
    '/good': pages('/3'),
  });
  assert.deepEqual(found, ['/1', '/2', '/3']);
  assert.deepEqual(problems, ['/none the server answered 404', '/html html', '/breaks was interrupted: reset', '/cut cut-short']);
});

test('nested indexes are read three levels deep, and deeper sitemaps are reported', async () => {
  const { found, problems } = await walk({
    '/start': index('/1'),
    '/1': index('/2'),
    '/2': index('/3'),
    '/3': pages('/page') + index('/4'),
    '/4': pages('/too-deep'),
  });
  assert.deepEqual(found, ['/page']);
  assert.deepEqual(problems, ['/4 is not read: it is nested more than 3 indexes deep, in http://example.com/3']);
});

test('the number of sitemaps is limited, and exceeding the limit is reported once', async () => {
  const { fetched, problems } = await walk({ '/start': index('/a', '/b', '/c', '/d'), '/a': pages(), '/b': pages() }, { maxSitemaps: 3 });
  assert.deepEqual(fetched, ['/start', '/a', '/b']);
  assert.deepEqual(problems, ['/c is not read, nor are those after it: the maximum is 3 sitemaps']);
});

test('a walk that is abandoned releases its body', async () => {
  let released = false;
  async function* body() {
    try {
      for (;;) yield Buffer.from('http://example.com/a\n');
    } finally {
      released = true;
    }
  }
  const walking = walkSitemaps([`${BASE}/start`], { fetchBody: async () => body(), report: () => {} });
  for await (const { url } of walking) {
    assert.equal(url, 'http://example.com/a');
    break;
  }
  assert.equal(released, true);
});
