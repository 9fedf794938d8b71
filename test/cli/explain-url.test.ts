import assert from 'node:assert/strict';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type ExplainContext, explainUrl } from '../../src/cli/explain/explain-url.ts';
import { findInRun } from '../../src/cli/explain/find-in-run.ts';
import type { ResolveHost } from '../../src/fetch/dns/dns-cache.ts';
import { createFetcher } from '../../src/fetch/fetcher.ts';
import type { RunOptions } from '../../src/model/run-options.ts';
import { canonicalUrl, urlKey } from '../../src/model/url/canonical-url.ts';
import { packKeys } from '../../src/model/url/link-keys.ts';
import { runOptions } from '../contracts/crew.ts';
import { deadPort } from '../fetch/local-servers.ts';
import { type Site, startSite } from '../helpers/site.ts';
import { scratchFolder } from './run-cli.ts';

const ROBOTS = 'User-agent: *\nDisallow: /private\nCrawl-delay: 2\n\nUser-agent: polite\nAllow: /private/open\nDisallow: /private\n';
const keyOf = (url: string) => urlKey(canonicalUrl(new URL(url)));

describe('explain', () => {
  let site: Site;
  const fetcher = createFetcher();
  before(async () => {
    site = await startSite((request, response) => void response.end(request.url === '/robots.txt' ? ROBOTS : ''));
  });
  after(() => Promise.all([site.close(), fetcher.close()]));

  const known: ResolveHost = (hostname, answer) => {
    const addresses = { 'inner.test': '10.0.0.1', 'outer.test': '93.184.216.34' }[hostname];
    if (addresses === undefined) answer(Object.assign(new Error('none'), { code: 'ENOTFOUND' }), []);
    else answer(null, [{ address: addresses, family: 4 }]);
  };
  const explain = (text: string, changes: Partial<RunOptions> = {}, from: readonly string[] = [], more: Partial<ExplainContext> = {}) =>
    explainUrl(text, {
      options: runOptions({ robots: true, userAgent: 'polite/1', ...changes }),
      from: from.map((url) => new URL(url)),
      fetcher,
      resolveHost: known,
      signal: new AbortController().signal,
      ...more,
    });

  it('shows the canonical form and the requested form of a URL, without credentials', async () => {
    const text = `http://user:s3cret@127.0.0.1:${site.port}/a/./%7eb?utm_x=1&c=2#part`;
    const { input, url, canonical, verdict, ...rest } = await explain(text, { stripParams: ['utm_*'] });
    assert.deepEqual([url, canonical], [`${site.origin}/a/%7eb?c=2`, `${site.origin}/a/~b?c=2`]);
    assert.equal(verdict, 'fetch');
    assert.doesNotMatch(JSON.stringify([input, rest]), /s3cret|user/);
  });

  for (const text of [
    '',
    '  ',
    '# comment',
    'nonsense',
    '/etc/passwd',
    'mailto:a@b',
    'http://',
    'ftp://a.test/',
    'http://a:99999/',
    `http://a.test/${'x'.repeat(20_000)}`,
  ]) {
    it(`reports that the input is not a URL: ${JSON.stringify(text.slice(0, 20))}`, async () => {
      const { verdict, problem, url } = await explain(text);
      assert.deepEqual([verdict, url], ['invalid', undefined]);
      assert.ok((problem?.message ?? '').length > 0);
    });
  }

  it('names the line of robots.txt that decides, and the group', async () => {
    const allowed = await explain(`${site.origin}/private/open?x`);
    assert.deepEqual(allowed.robots, {
      url: `${site.origin}/robots.txt`,
      kind: 'rules',
      allowed: true,
      agent: 'polite',
      rule: { line: 6, text: 'Allow: /private/open', group: 'polite' },
    });
    const other = await explain(`${site.origin}/private/open`, { userAgent: 'other/1' });
    assert.deepEqual([other.robots?.rule?.line, other.robots?.crawlDelayMs, other.verdict, other.because], [2, 2_000, 'skip', 'robots']);
    assert.deepEqual((await explain(`${site.origin}/private`, { robots: false })).robots?.kind, 'ignored');
  });

  it('checks the scope of each seed; without seeds it checks only the rules for all links', async () => {
    const url = `${site.origin}/docs/x`;
    const inside = await explain(url, { scope: 'prefix' }, ['http://a.test/', `${site.origin}/docs/`]);
    assert.deepEqual([inside.scope?.leftOut, inside.verdict], [undefined, 'fetch']);
    const outside = await explain(url, { scope: 'prefix' }, [`${site.origin}/else/`]);
    assert.deepEqual([outside.scope?.leftOut, outside.because], ['scope', 'scope']);
    assert.equal((await explain(url, { exclude: ['docs'] })).because, 'excluded');
    assert.equal((await explain(`${site.origin}/a/a/a/`)).scope?.leftOut, 'repeated-segments');
  });

  it('distinguishes an unreachable host and one without an address from one that disallows the URL', async () => {
    const dead = await explain(`http://127.0.0.1:${await deadPort()}/`);
    assert.deepEqual([dead.verdict, dead.because, dead.robots?.kind], ['skip', 'robots-unreachable', 'unreachable']);
    assert.equal(dead.robots?.verdict, 'refused');
    const nameless = await explain('http://no-such-host.invalid/');
    assert.deepEqual([nameless.because, nameless.address?.problem], ['robots-unreachable', 'no address (ENOTFOUND)']);
  });

  it('says that a private address is refused on a host that nobody named', async () => {
    const refused = await explain('http://inner.test/', { robots: false }, ['http://outer.test/'], {});
    assert.deepEqual(refused.address?.addresses, [{ address: '10.0.0.1', block: 'private use' }]);
    assert.deepEqual([refused.address?.refused, refused.because], [true, 'scope']);
    const linked = await explain('http://inner.test/', { robots: false, scope: 'any' }, ['http://outer.test/']);
    assert.equal(linked.because, 'private-address');
    assert.equal((await explain('http://inner.test/', { robots: false })).verdict, 'fetch', 'named by being asked for');
    assert.equal((await explain('http://outer.test/', { robots: false, scope: 'any' }, ['http://inner.test/'])).verdict, 'fetch');
  });

  it('ends with its signal', async () => {
    const silent = await startSite(() => {});
    const { robots } = await explain(`${silent.origin}/`, {}, [], { signal: AbortSignal.timeout(50) });
    assert.equal(robots?.kind, 'unreachable');
    await silent.close();
  });

  it('finds the row of a URL in a log in any spelling, the pages that link to it, and why it was skipped', async (t) => {
    const file = join(await scratchFolder(t), 'log.ndjson');
    const page = (path: string, more: object = {}) =>
      JSON.stringify({
        schema: 1,
        run: 'r',
        url: `http://a.test${path}`,
        method: 'GET',
        verdict: 'ok',
        ok: true,
        attempts: 1,
        depth: 0,
        finishedAt: '2026-01-01T00:00:00.000Z',
        ...more,
      });
    const wantedKey = keyOf('http://a.test/~x?b');
    // The characters of the wanted key, but split across two other keys: it must not match.
    const across = `0000${wantedKey.slice(0, 8)}`;
    const lines = [
      page('/1', { linkKeys: packKeys([keyOf('http://a.test/2'), wantedKey]), skippedLinks: [{ url: 'http://c.test/', reason: 'scope' }] }),
      page('/2', {
        linkKeys: packKeys([across, `${wantedKey.slice(8)}00000000`]),
        skippedLinks: [{ url: 'http://b.test/%7Ey?sid=1#f', reason: 'nofollow' }],
      }),
      page('/%7Ex?b', { linkKeys: packKeys([wantedKey]) }),
      ...Array.from({ length: 12 }, (_, index) => page(`/more/${index}`, { linkKeys: packKeys([wantedKey]) })),
    ];
    await writeFile(file, `${lines.join('\n')}\n`);
    const find = (url: string, options = { depth: 2, keepSkipped: true }) =>
      findInRun('r', file, { url, key: keyOf(url) }, { stripParams: ['sid'], ...options });
    const found = await find('http://a.test/~x?b');
    assert.equal(found.row?.url, 'http://a.test/%7Ex?b');
    assert.equal(found.row?.linkKeys, undefined);
    assert.deepEqual([found.linkedFromTotal, found.linkedFrom.length, found.linkedFrom[0]], [14, 10, 'http://a.test/1']);
    assert.deepEqual([found.leftOut, found.unlinked], [undefined, undefined]);
    const leftOut = await find('http://b.test/~y');
    assert.deepEqual([leftOut.row, leftOut.linkedFromTotal, leftOut.leftOut], [undefined, 0, 'nofollow']);

    const linked = await find('http://a.test/2');
    assert.deepEqual([linked.leftOut, linked.unlinked], [undefined, undefined]);
    await appendFile(file, `${page('/old', { finalUrl: 'http://a.test/new' })}\n`);
    const redirected = await find('http://a.test/new');
    assert.deepEqual([redirected.redirectedFrom, redirected.unlinked], ['http://a.test/old', undefined]);
    const onlyLinked = page('/deep', { depth: 2, linkKeys: packKeys([keyOf('http://a.test/deeper')]) });
    await appendFile(file, `${onlyLinked}\n`);
    assert.equal((await find('http://a.test/deeper')).leftOut, 'depth');
    assert.equal((await find('http://a.test/deeper', { depth: 3, keepSkipped: true })).leftOut, undefined);
    assert.equal((await find('http://a.test/else')).unlinked, 'nowhere');
    assert.equal((await find('http://a.test/else', { depth: 2, keepSkipped: false })).unlinked, 'untold');
    assert.equal((await find('http://a.test/else', { depth: 0, keepSkipped: false })).unlinked, 'list');
  });
});
