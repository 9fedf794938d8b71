import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { RunOptions } from '../../../src/model/run-options.ts';
import { canonicalUrl, urlKey } from '../../../src/model/url/canonical-url.ts';
import { packedKey, packKeys } from '../../../src/model/url/link-keys.ts';
import { deadPort } from '../../fetch/local-servers.ts';
import { type Site, startSite } from '../../helpers/site.ts';
import { type Crawled, crawlLinks } from '../crawl-links.ts';

/** A page: its HTML, or its status, headers and body. */
type Page = string | { status?: number; headers?: Record<string, string | string[]>; body?: string; head?: number };

const anchors = (...targets: string[]) => targets.map((target) => `<a href="${target}">x</a>`).join('\n');
const keyOf = (url: string) => urlKey(canonicalUrl(new URL(url)));

describe('links', { concurrency: true }, () => {
  /** Two ports of one host, and another host. Each test has its pages in a folder of its own. */
  let [site, port, host]: Site[] = [];
  let localhost = '';
  let dead = '';
  const pages = new Map<string, Page>();

  before(async () => {
    const handler: Parameters<typeof startSite>[0] = (request, response) => {
      const page = pages.get(`http://${request.headers.host}${request.url}`);
      const {
        status = 200,
        headers = {},
        body = '',
        head = status,
      } = typeof page === 'string' ? { body: page } : (page ?? { status: 404 });
      response.writeHead(request.method === 'HEAD' ? head : status, { 'content-type': 'text/html', ...headers });
      response.end(body);
    };
    [site, port, host] = await Promise.all([startSite(handler), startSite(handler), startSite({ handler, host: '127.0.0.2' })]);
    localhost = `http://localhost:${site.port}`;
    dead = `http://127.0.0.1:${await deadPort()}`;
  });
  after(() => Promise.all([site, port, host].map((each) => each?.close())));

  const put = (folder: string, given: Record<string, Page>) => {
    for (const [path, page] of Object.entries(given)) pages.set(path.startsWith('http') ? path : `${site?.origin}/${folder}/${path}`, page);
  };
  /** Crawls from the folder's first page. Returns the URLs found there, without the folder. */
  const crawl = async (folder: string, changes: Partial<RunOptions> = {}, seeds = ['']): Promise<Crawled & { found: string[] }> => {
    const base = `${site?.origin}/${folder}/`;
    const crawled = await crawlLinks(
      seeds.map((seed) => new URL(seed, base).href),
      { depth: 9, privateAddresses: 'allow', ...changes },
    );
    const found = crawled.rows.map(({ url, verdict }) => `${url.startsWith(base) ? url.slice(base.length) : url} ${verdict}`).sort();
    return { ...crawled, found };
  };

  it('are followed to the depth of --depth; rows have their depth and referrer', async () => {
    put('depth', { '': anchors('1', '#top', './'), '1': anchors('2', '2#part', '.'), '2': anchors('3', '1'), '3': '' });
    for (const depth of [0, 1, 2, 3]) {
      const { rows, counts } = await crawl('depth', { depth });
      assert.deepEqual(
        rows.map((row) => row.depth).sort(),
        Array.from({ length: depth + 1 }, (_, index) => index),
      );
      assert.deepEqual(counts.leftOut, depth === 1 || depth === 2 ? { depth: 1 } : {});
    }
    const { row } = await crawl('depth', { depth: 2 });
    const at = `${site?.origin}/depth/`;
    assert.deepEqual([row(`${at}2`)?.referrer, row(`${at}2`)?.links, row(at)?.referrer], [`${at}1`, 2, undefined]);
    assert.equal(row(at)?.linkKeys, packKeys([keyOf(`${at}1`), keyOf(at)]));
    assert.equal(row(`${at}1`)?.linkKeys, packKeys([keyOf(`${at}2`), keyOf(at)]));
    assert.ok(row(`${at}2`)?.linkKeys?.includes(packedKey(keyOf(`${at}1`))));
  });

  const elsewhere = () => [
    `${site?.origin}/scope/sub/x`,
    `${site?.origin}/scope2`,
    `${port?.origin}/x`,
    `${host?.origin}/x`,
    `${localhost}/x`,
  ];
  for (const [scope, expected] of [
    ['origin', [0, 1]],
    ['host', [0, 1, 2]],
    ['domain', [0, 1, 2]],
    ['prefix', [0]],
    ['any', [0, 1, 2, 3, 4]],
  ] as const) {
    it(`are followed within the scope ${scope}`, async () => {
      put('scope', { '': anchors(...elsewhere()) });
      const { rows, counts } = await crawl('scope', { scope });
      const all = elsewhere();
      assert.deepEqual(
        rows
          .slice(1)
          .map(({ url }) => url)
          .sort(),
        expected.map((index) => all[index]).sort(),
      );
      assert.deepEqual(counts.leftOut, expected.length === 5 ? {} : { scope: 5 - expected.length });
    });
  }

  it('are followed in the scopes of both a redirected seed and its target', async () => {
    put('moved', { '': { status: 301, headers: { location: `${host?.origin}/moved/` } }, own: '' });
    put('moved', { [`${host?.origin}/moved/`]: anchors('next', `${site?.origin}/moved/own`, `${port?.origin}/no`) });
    put('moved', { [`${host?.origin}/moved/next`]: anchors('last'), [`${host?.origin}/moved/last`]: '' });
    for (const include of [[], ['next', 'last', 'own']]) {
      const { found } = await crawl('moved', { scope: 'origin', include });
      assert.deepEqual(found, [' ok', `${host?.origin}/moved/last ok`, `${host?.origin}/moved/next ok`, 'own ok']);
    }
  });

  it('are not followed from a page that was redirected out of scope, or to a URL that is excluded or not included', async () => {
    const redirect = (location: string): Page => ({ status: 302, headers: { location } });
    put('out', { '': anchors('away', 'hidden', 'other', 'inside') });
    put('out', {
      away: redirect(`${host?.origin}/out/`),
      hidden: redirect('secret'),
      other: redirect('/elsewhere/out'),
      inside: redirect('fine'),
    });
    put('out', { [`${host?.origin}/out/`]: anchors('a', `${site?.origin}/out/b`), secret: anchors('c'), fine: anchors('d') });
    put('out', { [`${site?.origin}/elsewhere/out`]: anchors('/out/e') });
    const { found, counts } = await crawl('out', { exclude: ['secret$'], include: ['/out/'] });
    assert.deepEqual(found, [' ok', 'away ok', 'd broken', 'hidden ok', 'inside ok', 'other ok'].sort());
    assert.deepEqual(counts.leftOut, { scope: 1, 'redirected-out': 3 });
    const checked = await crawl('out', { exclude: ['secret$'], include: ['/out/'], checkExternal: true });
    assert.deepEqual(
      [checked.found, checked.counts.leftOut],
      [found, counts.leftOut],
      'with --check-external, links on pages out of scope are not checked either',
    );
  });

  it('are skipped by --include, --exclude and the trap limits, and counted', async () => {
    const deep = Array.from({ length: 40 }, (_, index) => `s${index}`).join('/');
    put('rules', {
      '': anchors('keep/1', 'keep/no', 'drop', 'a/keep/a/a/x', `keep/${deep}`, `keep/${'x'.repeat(2_100)}`, 'mailto:a@b', 'http://['),
    });
    const { found, counts } = await crawl('rules', { include: ['/keep/'], exclude: ['no$'] });
    assert.deepEqual(found, [' ok', 'http://[ invalid-url', 'keep/1 broken']);
    assert.deepEqual(counts.leftOut, {
      excluded: 1,
      'not-included': 1,
      'repeated-segments': 1,
      'path-segments': 1,
      'url-length': 1,
      'other-scheme': 1,
    });
  });

  it('are equal if only stripped parameters differ, and are requested without these', async () => {
    put('params', { '': anchors('p?utm_source=a&b=1', 'p?b=1&utm_medium=c', 'p?b=2', '?sid=7'), 'p?b=1': '', 'p?b=2': '' });
    const { found } = await crawl('params', { stripParams: ['utm_*', 'sid'] }, ['?sid=1']);
    assert.deepEqual(found, [' ok', 'p?b=1 ok', 'p?b=2 ok']);
  });

  it('are requested without the credentials in them', async () => {
    const named = (site?.origin ?? '').replace('//', '//eve:pw@');
    put('creds', { '': anchors(`${named}/creds/a`, 'a', `${named.replace('127.0.0.1', '127.0.0.2')}/x`), a: '' });
    const { found, rows } = await crawl('creds', { keepSkipped: true });
    assert.deepEqual(found, [' ok', 'a ok']);
    assert.doesNotMatch(JSON.stringify(rows), /eve|pw/);
  });

  it('out of scope are checked with --check-external, by HEAD and then GET, and not followed', async () => {
    const out = (name: string) => `${host?.origin}/ext/${name}`;
    const names = ['fine', '403', '404', '405', '500', 'gone'];
    put('ext', { '': anchors(...names.map(out), `${dead}/x`, 'in'), in: anchors(out('fine')) });
    put('ext', { [out('fine')]: anchors('deeper') });
    for (const name of names.slice(1, 5)) put('ext', { [out(name)]: { head: Number(name), body: anchors('deeper') } });
    const { rows, row, counts } = await crawl('ext', { checkExternal: true, scope: 'origin' });
    assert.equal(rows.length, names.length + 3);
    const seen = names.map((name) => [name, row(out(name))?.verdict, row(out(name))?.method, row(out(name))?.external]);
    assert.deepEqual(seen, [
      ['fine', 'ok', 'HEAD', true],
      ['403', 'ok', 'GET', true],
      ['404', 'ok', 'GET', true],
      ['405', 'ok', 'GET', true],
      ['500', 'ok', 'GET', true],
      ['gone', 'broken', 'GET', true],
    ]);
    const refused = row(`${dead}/x`);
    assert.deepEqual([refused?.verdict, refused?.external, refused?.referrer], ['refused', true, `${site?.origin}/ext/`]);
    assert.deepEqual([row('/ext/in')?.links, row(out('fine'))?.links, counts.leftOut], [1, undefined, {}]);
  });

  it('between two crawled hosts do not change what is followed, for any order of seeds and any concurrency', async () => {
    const [one, two] = [site, host].map((each) => `${each?.origin}/two/`) as [string, string];
    // Each links to the middle of the other's chain at once, and reaches that point on its own only later.
    put('two', { '': anchors('1', `${two}2`), '1': anchors('2'), '2': anchors('3', `${two}3`), '3': '' });
    for (const [path, page] of [
      ['', anchors('1', `${one}2`)],
      ['1', anchors('2')],
      ['2', anchors('3', `${one}3`)],
      ['3', anchors('4')],
    ] as const)
      put('two', { [`${two}${path}`]: page });
    const expected = [...['', '1', '2', '3'].map((path) => `${one}${path} ok`), ...['', '1', '2', '3'].map((path) => `${two}${path} ok`)];
    for (const depth of [9, 1_000_000]) {
      for (const seeds of [
        [one, two],
        [two, one],
      ]) {
        for (const concurrency of [1, 20]) {
          const { rows, counts } = await crawlLinks(seeds, { depth, checkExternal: true, privateAddresses: 'allow' }, { concurrency });
          const found = rows.map(({ url, verdict }) => `${url} ${verdict}`).sort();
          assert.deepEqual(found, [...expected, `${two}4 broken`].sort(), `${depth} ${seeds} ${concurrency}`);
          assert.equal(counts.discovered, rows.length - 2);
        }
      }
    }
  });

  it('are links to pages, or with --links all also to images, scripts and style sheets', async () => {
    const body = `<link rel=stylesheet href=c.css><img src=i.png srcset="i2.png 2x"><script src=s.js></script>${anchors('p')}`;
    put('all', { '': body, p: '' });
    put('all', { 'c.css': { headers: { 'content-type': 'text/css' }, body: 'a{background:url(bg.png)}@import "d.css"' } });
    assert.deepEqual((await crawl('all')).found, [' ok', 'p ok']);
    const { found } = await crawl('all', { links: 'all' });
    const names = ['bg.png broken', 'c.css ok', 'd.css broken', 'i.png broken', 'i2.png broken', 'p ok', 's.js broken'];
    assert.deepEqual(found, [' ok', ...names]);
  });

  it('are found in headers, XML and feeds, relative to a base, and in content without a type; never in plain text', async () => {
    const type = (contentType: string, body: string): Page => ({ headers: { 'content-type': contentType }, body });
    put('types', {
      '': anchors('image', 'feed', 'base', 'text', 'json', 'liar'),
      image: {
        headers: { 'content-type': 'image/png', link: ['<a>; rel=next', '<b>; rel="canonical", <c>; rel=nothing'] },
        body: anchors('no'),
      },
      feed: type('application/rss+xml; charset=utf-8', '<rss><channel><item><link>from-feed</link></item></channel></rss>'),
      base: `<base href="sub/">${anchors('below')}`,
      text: type('text/plain', anchors('no')),
      json: type('application/json', anchors('no')),
      liar: type('text/html', '\0\0PNG\r\n'),
    });
    const { found, row } = await crawl('types');
    const expected = [
      'a broken',
      'b broken',
      'base ok',
      'feed ok',
      'from-feed broken',
      'image ok',
      'json ok',
      'liar ok',
      'sub/below broken',
      'text ok',
    ];
    assert.deepEqual(found, [' ok', ...expected]);
    assert.deepEqual(
      ['image', 'text', 'liar'].map((name) => row(`/types/${name}`)?.links),
      [2, 0, 0],
    );
  });

  it('are not followed from a page that is not ok; of a truncated page, those in the part that was read are followed', async () => {
    put('not-ok', { '': anchors('missing', 'long'), missing: { status: 404, body: anchors('no') } });
    put('not-ok', { long: `${anchors('early')}${' '.repeat(3_000)}${anchors('late')}` });
    const { found, row } = await crawl('not-ok', { maxBodyBytes: 2_000 });
    assert.deepEqual(found, [' ok', 'early broken', 'long ok', 'missing broken']);
    assert.deepEqual([row('/not-ok/missing')?.links, row('/not-ok/long')?.truncated, row('/not-ok/long')?.links], [undefined, true, 1]);
    const accepted = await crawl('not-ok', { accept: [[200, 404]] });
    assert.ok(accepted.found.includes('no ok'), 'accepted statuses count as ok and are followed');
  });

  it('can be nofollow by their own attribute, their page or its header, if robots are obeyed', async () => {
    const nofollow = '<meta name=robots content=nofollow>';
    put('nofollow', {
      '': `<a rel="x nofollow" href=1>x</a>${anchors('meta', 'header', 'bot')}`,
      meta: `${nofollow}${anchors('2')}`,
      header: { headers: { 'x-robots-tag': ['noindex', 'other: none', 'nofollow'] }, body: anchors('3') },
      bot: { headers: { 'x-robots-tag': 'other: nofollow' }, body: anchors('4') },
    });
    const obeyed = await crawl('nofollow', { robots: true });
    assert.deepEqual(obeyed.found, [' ok', '4 broken', 'bot ok', 'header ok', 'meta ok']);
    assert.deepEqual(obeyed.counts.leftOut, { nofollow: 3 });
    const all = await crawl('nofollow', { robots: false });
    assert.deepEqual(
      all.found.filter((line) => line.endsWith('broken')),
      ['1 broken', '2 broken', '3 broken', '4 broken'],
    );
  });

  it('to a private address are followed only on the host that the operator named', async () => {
    put('named', {
      '': anchors(`${port?.origin}/named`, `${host?.origin}/named`, `${localhost}/named`, 'own'),
      own: anchors('own2'),
      own2: '',
    });
    const { found } = await crawl('named', { privateAddresses: 'seeds', scope: 'any' });
    const refused = [`${host?.origin}/named private-address`, `${localhost}/named private-address`];
    assert.deepEqual(found, [' ok', `${port?.origin}/named broken`, ...refused, 'own ok', 'own2 ok'].sort());
  });

  it('give the row fragments and anchors with --fragments, and the skipped links with --show-skipped', async () => {
    put('fields', {
      '': `<p id="one"><a name=two></a>${anchors('p#x', 'p#x', 'p#', '#one', `${host?.origin}/y#z`, 'http://[', 'tel:1')}`,
      p: '',
    });
    const plain = (await crawl('fields')).row('/fields/');
    assert.deepEqual([plain?.anchors, plain?.fragments, plain?.skippedLinks], [undefined, undefined, undefined]);
    const detailed = (await crawl('fields', { fragments: true, keepSkipped: true })).row('/fields/');
    const at = `${site?.origin}/fields/`;
    assert.deepEqual(detailed?.fragments, [`${at}p#x`, `${at}#one`]);
    assert.equal(detailed?.anchors, packKeys(['one', 'two'].map(urlKey)));
    assert.deepEqual(detailed?.skippedLinks, [{ url: `${host?.origin}/y#z`, reason: 'scope' }]);
  });

  it('that are not URLs get rows, unless --exclude matches them; links that are too long are skipped', async () => {
    put('invalid', {
      '': anchors('http://[bad', 'http://{{host}}/x', `http://h.test/${'x'.repeat(9_000)}`, 'sub/'),
      'sub/': anchors('http://[bad'),
    });
    const { found, counts, rows } = await crawl('invalid', { exclude: ['\\{\\{'] });
    assert.deepEqual(found, [' ok', 'http://[bad invalid-url', 'sub/ ok']);
    assert.deepEqual(counts.leftOut, { excluded: 1, 'url-length': 1 });
    const bad = rows.find(({ verdict }) => verdict === 'invalid-url');
    assert.deepEqual([bad?.error?.code, bad?.attempts, bad?.referrer], ['NOT_A_URL', 0, `${site?.origin}/invalid/`]);
  });

  it('are matched by --exclude with their fragment too; --exclude-fragments drops only the fragment', async () => {
    put('split', { '': anchors('p#no', 'q#no', 'q#yes', 'r#soft') });
    const { found, counts, row } = await crawl('split', { fragments: true, exclude: ['#no$'], excludeFragments: ['#soft$'] });
    assert.deepEqual(found, [' ok', 'q broken', 'r broken']);
    assert.equal(counts.leftOut?.excluded, 2);
    assert.deepEqual(row('/split/')?.fragments, [`${new URL('q', row('/split/')?.url).href}#yes`]);
  });

  it('with fragments are listed in the row up to 128 KiB; the row says how many more there are', async () => {
    const name = 'n'.repeat(1_000);
    put('parts', { '': `${anchors(...Array.from({ length: 300 }, (_, index) => `#${name}${index}`))}<p id="${name}7">` });
    const row = (await crawl('parts', { fragments: true })).row('/parts/');
    const [named, more] = [row?.fragments?.length ?? 0, row?.moreFragments ?? 0];
    assert.equal(named + more, 300);
    assert.ok(named > 100 && JSON.stringify(row).length < 200_000, `${named} named`);
  });

  it('to external pages are checked by GET with --fragments, and their anchors are in the row', async () => {
    put('external', { '': anchors(`${host?.origin}/external/there#part`), [`${host?.origin}/external/there`]: '<p id="part">' });
    const { rows } = await crawl('external', { fragments: true, checkExternal: true });
    const there = rows.find(({ url }) => url.startsWith(host?.origin ?? ''));
    assert.deepEqual([there?.method, there?.anchors], ['GET', packKeys([urlKey('part')])]);
  });

  it('can be very many on one page', async () => {
    put('many', { '': anchors(...Array.from({ length: 20_000 }, (_, index) => `p${index}`)) });
    const { row, counts, rows } = await crawl('many', { depth: 1, maxUrls: 50 });
    assert.deepEqual([rows.length, row('/many/')?.links, row('/many/')?.linkKeys?.length], [50, 20_000, 160_000]);
    assert.deepEqual(counts.leftOut, { 'max-urls': 20_000 - 49 });
  });
});
