import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DEFAULT_MAX_PATH_SEGMENTS } from '../../src/worker/scope/traps.ts';
import { type Site, startSite } from '../helpers/site.ts';
import { crawlLinks } from './crawl-links.ts';

/** For each endless site: the links of a page, by its path. */
const TRAPS: Readonly<Record<string, (path: string) => string[]>> = {
  // Each month links to the next, and to its days.
  calendar: (path) => {
    const month = Number(/month=(\d+)/.exec(path)?.[1] ?? 0);
    return [
      `/calendar/?month=${month + 1}`,
      `/calendar/?month=${month - 1}`,
      ...[1, 2, 3].map((day) => `/calendar/day?on=${month}-${day}`),
    ];
  },
  // Each page has a different session id each time.
  session: (() => {
    let sessions = 0;
    return () => ['about', 'home'].map((page) => `/session/${(++sessions).toString(16).padStart(8, '0')}/${page}`);
  })(),
  // The author forgot a slash.
  relative: () => ['a/', 'b/c/', '../'],
  query: (path) => [`${path}${path.includes('?') ? '&' : '?'}more=1`],
  deep: (path) => [`${path}${path.length.toString(36)}/`],
};

describe('the crawl of an endless site ends, and the counts name the limit that stopped it', { concurrency: true }, () => {
  let site: Site;
  before(async () => {
    site = await startSite((request, response) => {
      const path = request.url ?? '';
      const links = TRAPS[path.split('/')[1] ?? '']?.(path) ?? [];
      response.setHeader('content-type', 'text/html').end(links.map((link) => `<a href="${link}">x</a>`).join(''));
    });
  });
  after(() => site.close());

  const crawl = async (trap: string, changes: Parameters<typeof crawlLinks>[1]) => {
    const { rows, counts } = await crawlLinks([`${site.origin}/${trap}/`], { depth: 1_000, ...changes });
    assert.ok(counts.ended && rows.every(({ ok }) => ok));
    return { urls: rows.length, limits: Object.keys(counts.leftOut), leftOut: counts.leftOut };
  };

  it('calendars are stopped by --max-urls-per-host, --max-urls or --depth', async () => {
    const byHost = await crawl('calendar', { maxUrlsPerHost: 60 });
    assert.deepEqual([byHost.urls, byHost.limits], [60, ['max-urls-per-host']]);
    const byAll = await crawl('calendar', { maxUrls: 60 });
    assert.deepEqual([byAll.urls, byAll.limits], [60, ['max-urls']]);
    assert.deepEqual((await crawl('calendar', { depth: 5 })).limits, ['depth']);
  });

  it('session ids in paths are stopped by --max-urls-per-host', async () => {
    const { urls, limits } = await crawl('session', { maxUrlsPerHost: 60 });
    assert.deepEqual([urls, limits], [60, ['max-urls-per-host']]);
  });

  it('relative links that append to their path are stopped by the default limits', async () => {
    const { urls, limits } = await crawl('relative', { depth: 1_000 });
    assert.deepEqual(limits, ['repeated-segments']);
    const reached = new Set(['/relative/']);
    for (const path of reached) {
      for (const link of path === '/' ? [] : ['a/', 'b/c/', '../']) {
        const next = new URL(link, `http://a.test${path}`).pathname;
        const segments = next.split('/');
        if (!segments.some((segment) => segment !== '' && segments.filter((other) => other === segment).length > 2)) reached.add(next);
      }
    }
    assert.equal(urls, reached.size);
  });

  it('growing queries are stopped by the maximum URL length', async () => {
    const { urls, leftOut } = await crawl('query', { depth: 1_000 });
    assert.deepEqual([leftOut, urls > 200 && urls < 300], [{ 'url-length': 1 }, true]);
  });

  it('nested folders are stopped by --max-path-segments', async () => {
    const { urls, leftOut } = await crawl('deep', { depth: 1_000 });
    assert.deepEqual([leftOut, urls], [{ 'path-segments': 1 }, DEFAULT_MAX_PATH_SEGMENTS]);
    assert.equal((await crawl('deep', { maxPathSegments: 5 })).urls, 5);
  });
});
