import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { RequestListener, ServerResponse } from 'node:http';
import { describe, it, type TestContext, test } from 'node:test';
import type { Engine } from '../../../src/engine/engine.ts';
import { createMemoryEngine } from '../../../src/engine/memory/memory-engine.ts';
import { openRedisEngine } from '../../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../../src/model/log.ts';
import type { RunOptions } from '../../../src/model/run-options.ts';
import { batchOf, collectAll, runOptions, until } from '../../contracts/crew.ts';
import { deadPort } from '../../fetch/local-servers.ts';
import { testRedis } from '../../helpers/redis-server.ts';
import { type Site, type SiteOptions, startSite } from '../../helpers/site.ts';
import { DEADLINE_MS, scaledMs } from '../../helpers/until.ts';
import { crawlLinks, startWorker } from '../crawl-links.ts';

/** A site with this robots.txt, on which every other page exists. */
async function siteWith(t: TestContext, robots: string | RequestListener, options: SiteOptions = {}): Promise<Site> {
  const site = await startSite({
    ...options,
    handler: (request, response) => {
      if (request.url !== '/robots.txt') response.end('x');
      else if (typeof robots === 'string') response.end(robots);
      else robots(request, response);
    },
  });
  t.after(() => site.close());
  return site;
}

/** An engine for a worker, and one for the next. */
async function engines(t: TestContext, kind: 'memory' | 'redis'): Promise<[Engine, Engine]> {
  if (kind === 'memory') {
    const engine = createMemoryEngine();
    return [engine, engine];
  }
  const options = { url: await testRedis(), prefix: `robots-gate-${randomUUID()}`, patience: 'always' as const };
  const opened = await Promise.all([openRedisEngine(options, silentLog), openRedisEngine(options, silentLog)]);
  t.after(() => Promise.all(opened.map((engine) => engine.close())));
  return opened;
}

const status = (code: number, headers: Record<string, string> = {}): RequestListener => {
  return (_request, response) => void response.writeHead(code, headers).end('User-agent: *\nDisallow: /\n');
};
function redirectTo(response: ServerResponse, location: string): void {
  response.writeHead(302, { location }).end();
}

const DISALLOWING = 'User-agent: *\nDisallow: /private\n';
const pages = (site: Site, ...paths: string[]) => paths.map((path) => site.origin + path);
const obeying: Partial<RunOptions> = { robots: true };

describe('robots.txt', { concurrency: true }, () => {
  it('sees an empty query, even after a redirect, and it is requested', async (t) => {
    const site = await siteWith(t, 'User-agent: *\nDisallow: /find?\n');
    const away = await startSite({
      host: '127.0.0.2',
      handler: (request, response) => redirectTo(response, `${site.origin}${request.url}`),
    });
    t.after(() => away.close());
    const urls = [...pages(site, '/find?', '/find', '/a?'), `${away.origin}/find?`, `${away.origin}/b?`];
    const { row } = await crawlLinks(urls, { ...obeying, privateAddresses: 'allow' });
    assert.deepEqual(
      urls.map((url) => row(url)?.verdict),
      ['robots', 'ok', 'ok', 'robots', 'ok'],
    );
    assert.deepEqual(
      site.hits
        .map(({ path }) => path)
        .filter((path) => path !== '/robots.txt')
        .sort(),
      ['/a?', '/b?', '/find'],
    );
  });

  it('decides which URLs of a list are requested, with or without credentials and queries; the row names the rule', async (t) => {
    const site = await siteWith(t, `${DISALLOWING}Disallow: /*?secret\n`);
    const named = site.origin.replace('//', '//user:password@');
    const { verdicts, row } = await crawlLinks(
      [...pages(site, '/a', '/private/b', '/c?secret=1', '/robots.txt'), `${named}/private/d`],
      obeying,
    );
    assert.deepEqual(verdicts, ['/a ok', '/c?secret=1 robots', '/private/b robots', '/private/d robots', '/robots.txt ok']);
    const skipped = row('/private/b');
    assert.deepEqual([skipped?.attempts, skipped?.error?.code], [0, 'ROBOTS_DISALLOWED']);
    assert.match(skipped?.error?.message ?? '', /robots\.txt: line 2 says "Disallow: \/private" to \*; --no-robots ignores it$/);
    assert.deepEqual([site.countOf('/private/b'), site.countOf('/private/d')], [0, 0]);
  });

  it('is not fetched without --robots', async (t) => {
    const site = await siteWith(t, DISALLOWING);
    assert.deepEqual((await crawlLinks(pages(site, '/private/b'), { robots: false, depth: 1 })).verdicts, ['/private/b ok']);
    assert.equal(site.countOf('/robots.txt'), 0);
  });

  it('applies by the product token of the user agent of each run', async (t) => {
    const site = await siteWith(t, 'User-agent: *\nDisallow: /\n\nUser-agent: Good-Bot\nDisallow: /b\n');
    const engine = createMemoryEngine();
    const verdicts = async (userAgent: string) =>
      (await crawlLinks(pages(site, '/a', '/b'), { robots: true, userAgent }, { engine })).verdicts;
    assert.deepEqual(await verdicts('other/1'), ['/a robots', '/b robots']);
    assert.deepEqual(await verdicts('good-bot/2.1 (+http://example.com)'), ['/a ok', '/b robots']);
    assert.equal(site.countOf('/robots.txt'), 1, 'once for both');
  });

  for (const code of [204, 401, 403, 404, 410, 451]) {
    it(`allows everything if it answers ${code}`, async (t) => {
      const site = await siteWith(t, status(code));
      assert.deepEqual((await crawlLinks(pages(site, '/a'), obeying)).verdicts, ['/a ok']);
    });
  }

  it('is fetched again after one failure', async (t) => {
    let asked = 0;
    const site = await siteWith(t, (_request, response) => {
      response.statusCode = ++asked === 1 ? 500 : 200;
      response.end(DISALLOWING);
    });
    const { verdicts, counts } = await crawlLinks(pages(site, '/a', '/private/b'), obeying);
    assert.deepEqual(verdicts, ['/a ok', '/private/b robots']);
    assert.deepEqual([asked, counts.ended], [2, true]);
  });

  it('forbids everything if it always fails, and the row says why', async (t) => {
    const site = await siteWith(t, status(503));
    const paths = Array.from({ length: 20 }, (_, index) => `/${index}`);
    const { rows, verdicts } = await crawlLinks(pages(site, ...paths), obeying);
    assert.deepEqual(verdicts, paths.map((path) => `${path} robots`).sort());
    for (const { attempts, error } of rows) {
      assert.deepEqual([attempts, error?.code], [2, 'ROBOTS_UNREACHABLE']);
      assert.equal(
        error?.message,
        `${site.origin}/robots.txt answers 503: without robots.txt, nothing on the host may be requested; --no-robots ignores it`,
      );
    }
    assert.equal(site.hits.length, 2, 'once, and again as often as a page would be');
  });

  it('gives the URLs of its host the verdict of an unanswered request if nobody answers', async (t) => {
    const silent = await siteWith(t, () => {});
    const cut = await siteWith(t, (request) => void request.socket.destroy());
    const dead = `http://127.0.0.1:${await deadPort()}`;
    const seeds = [...pages(silent, '/a', '/b'), ...pages(cut, '/c'), `${dead}/d`, `${dead}/e`, 'http://no-such-host.invalid/f'];
    const { rows, counts } = await crawlLinks(seeds, { robots: true, timeoutMs: scaledMs(1_500) });
    const seen = rows.map(({ url, verdict, error }) => [new URL(url).pathname, verdict, error?.code]).sort();
    assert.deepEqual(seen, [
      ['/a', 'timeout', 'TIMEOUT'],
      ['/b', 'timeout', 'TIMEOUT'],
      ['/c', 'reset', 'CONNECTION_CLOSED'],
      ['/d', 'refused', 'ECONNREFUSED'],
      ['/e', 'refused', 'ECONNREFUSED'],
      ['/f', 'dns', 'ENOTFOUND'],
    ]);
    assert.deepEqual([counts.failed, counts.skipped], [6, 0]);
    assert.match(rows[0]?.error?.message ?? '', /\/robots\.txt cannot be fetched: /);
  });

  for (const redirects of [5, 6]) {
    it(
      redirects === 5 ? 'is found behind five redirects, on another host too' : 'is taken for none behind more than five redirects',
      async (t) => {
        const other = await startSite({ host: '127.0.0.2', handler: (_request, response) => void response.end(DISALLOWING) });
        t.after(() => other.close());
        const site = await startSite((request, response) => {
          const at = request.url === '/robots.txt' ? 0 : Number(/^\/hop\/(\d)$/.exec(request.url ?? '')?.[1] ?? 9);
          if (at === 9) return void response.end('x');
          const location = at + 1 === redirects ? `${other.origin}/robots.txt` : `/hop/${at + 1}`;
          response.writeHead(302, { location }).end();
        });
        t.after(() => site.close());
        const { verdicts, row } = await crawlLinks(pages(site, '/private/b'), { robots: true, privateAddresses: 'allow' });
        assert.deepEqual(verdicts, [`/private/b ${redirects === 5 ? 'robots' : 'ok'}`]);
        if (redirects === 5) assert.ok(row('/private/b')?.error?.message.startsWith(`${other.origin}/robots.txt: line 2`));
      },
    );
  }

  it('is fetched again after the Retry-After of a 429, and not once per URL', async (t) => {
    const times: number[] = [];
    const site = await siteWith(t, (_request, response) => {
      times.push(performance.now());
      if (times.length === 1) response.writeHead(429, { 'retry-after': '1' });
      response.end(DISALLOWING);
    });
    const { verdicts } = await crawlLinks(pages(site, '/a', '/b', '/private/c'), obeying);
    assert.deepEqual(verdicts, ['/a ok', '/b ok', '/private/c robots']);
    assert.equal(times.length, 2);
    assert.ok((times[1] as number) - (times[0] as number) >= 990);
  });

  it('forbids everything at once if it asks for a longer pause than a run allows', async (t) => {
    const site = await siteWith(t, status(503, { 'retry-after': '3600' }));
    const { verdicts } = await crawlLinks(pages(site, '/a', '/b'), obeying);
    assert.deepEqual([verdicts, site.hits.length], [['/a robots', '/b robots'], 1]);
  });

  it('counts up to 500 KiB, to the last whole line', async (t) => {
    const cut = 500 * 1_024;
    const first = 'User-agent: *\nDisallow: /first\n';
    const filled = `${first}#${'x'.repeat(cut - first.length - '#\nDisallow: /'.length)}\nDisallow: /`;
    assert.equal(filled.length, cut);
    const site = await siteWith(t, `${filled}secret\nDisallow: /beyond\n`);
    const { verdicts } = await crawlLinks(pages(site, '/a', '/first', '/secret', '/beyond'), obeying);
    assert.deepEqual(verdicts, ['/a ok', '/beyond ok', '/first robots', '/secret ok']);
  });

  it('is fetched once for each origin, for however many URLs and runs', async (t) => {
    const sites = await Promise.all(
      [1, 2].map(() => siteWith(t, (_request, response) => void setTimeout(() => response.end(DISALLOWING), 50))),
    );
    const seeds = sites.flatMap((site) => pages(site, ...Array.from({ length: 60 }, (_, index) => `/${index}`), '/private'));
    const engine = createMemoryEngine();
    const runs = await Promise.all([crawlLinks(seeds, obeying, { engine }), crawlLinks(seeds, obeying, { engine })]);
    for (const { counts } of runs) assert.deepEqual([counts.ok, counts.skipped], [120, 2]);
    assert.deepEqual(
      sites.map((site) => site.countOf('/robots.txt')),
      [1, 1],
    );
  });

  it('has a long Crawl-delay cut to a minute and logged; disallowed URLs do not wait', async (t) => {
    const site = await siteWith(t, 'User-agent: *\nCrawl-delay: 3600\nDisallow: /\n');
    const { logged, verdicts } = await crawlLinks(pages(site, '/1'), obeying);
    assert.deepEqual(verdicts, ['/1 robots']);
    assert.equal(logged.length, 1);
    assert.match(logged[0] ?? '', /asks for 3600 s between requests \(Crawl-delay\): Trawl waits 60 s, its maximum/);
  });

  it('applies to redirects: to a path of the same origin, and to an origin not visited before', async (t) => {
    const other = await siteWith(t, DISALLOWING);
    const site = await startSite((request, response) => {
      const to = { '/in': '/private/in', '/out': `${other.origin}/private/out`, '/fine': `${other.origin}/fine` }[request.url ?? ''];
      if (to !== undefined) response.writeHead(302, { location: to });
      response.end(request.url === '/robots.txt' ? DISALLOWING : 'x');
    });
    t.after(() => site.close());
    const { verdicts, row } = await crawlLinks(pages(site, '/in', '/out', '/fine'), obeying);
    assert.deepEqual(verdicts, ['/fine ok', '/in robots', '/out robots']);
    assert.deepEqual([row('/out')?.error?.code, row('/out')?.redirects?.length], ['ROBOTS_DISALLOWED', 1]);
    assert.deepEqual([site.countOf('/private/in'), other.countOf('/private/out'), other.countOf('/robots.txt')], [0, 0, 1]);
  });

  it('gives a redirect the verdict of its target if that does not answer', async (t) => {
    const dead = `http://127.0.0.1:${await deadPort()}`;
    const site = await startSite((request, response) => {
      if (request.url === '/away') response.writeHead(302, { location: `${dead}/` });
      response.end();
    });
    t.after(() => site.close());
    assert.deepEqual((await crawlLinks(pages(site, '/away', '/here'), obeying)).verdicts, ['/away refused', '/here ok']);
  });

  it('is not fetched from a private address if pages would not be, and that does not affect other runs', async (t) => {
    const site = await siteWith(t, DISALLOWING);
    const engine = createMemoryEngine();
    const denied = await crawlLinks(pages(site, '/a', '/b'), { robots: true, privateAddresses: 'deny' }, { engine });
    assert.deepEqual([denied.verdicts, site.hits.length], [['/a private-address', '/b private-address'], 0]);
    const allowed = await crawlLinks(pages(site, '/a', '/private'), obeying, { engine });
    assert.deepEqual(allowed.verdicts, ['/a ok', '/private robots']);
  });

  it('that redirects to a private address elsewhere counts as unreachable', async (t) => {
    const inner = await startSite({ host: '127.0.0.2', handler: (_request, response) => void response.end('User-agent: *\nAllow: /\n') });
    t.after(() => inner.close());
    const site = await siteWith(t, (_request, response) => void response.writeHead(302, { location: `${inner.origin}/` }).end());
    const { verdicts, row } = await crawlLinks(pages(site, '/a', '/b'), obeying);
    assert.deepEqual([verdicts, inner.hits.length, site.hits.length], [['/a robots', '/b robots'], 0, 1]);
    assert.equal(row('/a')?.error?.code, 'PRIVATE_ADDRESS');
  });

  it('of a silent origin delays no other origin', async (t) => {
    // More than a visit holds.
    const PAGES_EACH = 150;
    const silent = await siteWith(t, () => {});
    const site = await siteWith(t, DISALLOWING);
    const engine = createMemoryEngine();
    const stop = new AbortController();
    const working = startWorker(engine, stop.signal);
    const run = await engine.openRun(runOptions({ ...obeying, timeoutMs: DEADLINE_MS }));
    await engine.submit(run, batchOf(0, pages(silent, ...Array.from({ length: PAGES_EACH }, (_, index) => `/${index}`))));
    await until(() => silent.hits.length === 1, 'the silent robots.txt to be asked for');
    await engine.submit(run, batchOf(1, pages(site, ...Array.from({ length: PAGES_EACH }, (_, index) => `/${index}`)), PAGES_EACH + 1));
    await until(async () => (await engine.counts(run)).ok === PAGES_EACH, 'the healthy pages');
    assert.equal((await engine.counts(run)).settled, PAGES_EACH, 'the request to the silent origin is still open');
    assert.deepEqual([...new Set(silent.hits.map(({ path }) => path))], ['/robots.txt']);
    stop.abort();
    await working;
  });

  it('is left to other workers by one that lacks a secret of its run', async (t) => {
    const site = await siteWith(t, DISALLOWING);
    const engine = createMemoryEngine();
    const stop = new AbortController();
    const logged: string[] = [];
    const run = await engine.openRun(runOptions({ ...obeying, headers: [['X-Key', 'env:KEY']] }));
    await engine.submit(run, batchOf(0, pages(site, '/a')));
    const lacking = startWorker(engine, stop.signal, { logged, alone: false });
    await until(() => logged.some((text) => text.includes('KEY')), 'the worker to miss the secret');
    const other = await crawlLinks(pages(site, '/b'), obeying, { engine });
    assert.deepEqual([other.verdicts, site.countOf('/robots.txt')], [['/b ok'], 1]);
    stop.abort();
    await lacking;
  });
});

// Not at the same time as the tests above: a worker that Redis does not answer within two seconds stops without giving back what it holds.
for (const kind of ['memory', 'redis'] as const) {
  test(`a robots.txt that is being fetched when its worker stops is left to the next worker, and nothing is lost: ${kind}`, async (t) => {
    let answers = false;
    const site = await siteWith(t, (_request, response) => {
      if (answers) response.end(DISALLOWING);
    });
    const [engine, other] = await engines(t, kind);
    const first = new AbortController();
    const working = startWorker(engine, first.signal);
    const run = await engine.openRun(runOptions(obeying));
    await engine.submit(run, batchOf(0, pages(site, ...Array.from({ length: 30 }, (_, index) => `/${index}`), '/private')));
    await engine.seal(run, 1);
    await until(() => site.hits.length === 1, 'robots.txt to be asked for');
    first.abort();
    await working;
    const { inFlight, settled } = await engine.counts(run);
    assert.deepEqual([inFlight, settled], [0, 0]);
    answers = true;
    const second = new AbortController();
    const next = startWorker(other, second.signal);
    const { outcomes } = await collectAll(other, run);
    assert.deepEqual([outcomes.length, outcomes.filter(({ ok }) => ok).length], [31, 30]);
    second.abort();
    await next;
  });
}

test('a Crawl-delay keeps requests apart, also the first one from that for robots.txt', async (t) => {
  const site = await siteWith(t, 'User-agent: *\nCrawl-delay: 0.4\nDisallow: /no\n');
  const beganMs = performance.now();
  const { verdicts } = await crawlLinks(pages(site, '/no/1', '/1', '/no/2', '/2', '/3'), obeying);
  assert.equal(verdicts.length, 5);
  const [, ...later] = site.hits.map(({ startedAtMs }) => startedAtMs);
  // Measured from before the first request, because on a busy machine the request itself may be seen late.
  const seen = later.map((at) => Math.round(at - beganMs));
  assert.ok(seen.length === 3 && (seen[0] ?? 0) >= 390 && (seen[2] ?? 0) >= 1_190, `starts after ${seen} ms`);
});
