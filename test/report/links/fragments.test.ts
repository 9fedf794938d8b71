import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Outcome } from '../../../src/model/outcome.ts';
import { checkFragments } from '../../../src/report/links/fragments.ts';
import { outcome, page, writeLog } from '../sample-log.ts';

async function checked(t: TestContext, rows: readonly Outcome[], sources: readonly string[] = []) {
  const { checked: count, missing, missingTotal } = await checkFragments(await writeLog(t, rows), sources);
  assert.equal(missing.length, missingTotal);
  return {
    checked: count,
    missing: missing.map(({ url, fragment, places, at }) => ({ target: `${url}#${fragment}`, on: places.pages, total: places.total, at })),
  };
}

/** The fragments that are missing if a page links to these fragments of a page with these anchors. */
async function missingOf(t: TestContext, anchors: readonly string[], fragments: readonly string[], given: Partial<Outcome> = {}) {
  const target = outcome({ url: 'http://a/target', depth: 1, ...page([], anchors), ...given });
  const targets = fragments.map((fragment) => `http://a/target#${fragment}`);
  const { checked: count, missing } = await checked(t, [outcome({ url: 'http://a/', ...page(['http://a/target'], [], targets) }), target]);
  return [count, missing.map(({ target: one }) => one.slice(one.indexOf('#') + 1))];
}

test('a fragment exists if an anchor has its name in the same case, as written or percent-decoded', async (t) => {
  assert.deepEqual(await missingOf(t, ['one', 'two'], ['one', 'two']), [2, []]);
  assert.deepEqual(await missingOf(t, ['one'], ['One', 'two', 'on']), [3, ['One', 'on', 'two']]);
  assert.deepEqual(await missingOf(t, ['übersicht', '%41', 'a b'], ['%C3%BCbersicht', '%41', 'a%20b', '%FF%']), [4, ['%FF%']]);
  assert.deepEqual(await missingOf(t, ['\ufffd%'], ['%FF%']), [1, []], 'what is no UTF-8 decodes as browsers do it');
});

test('line numbers of source code are not checked', async (t) => {
  assert.deepEqual(await missingOf(t, ['a'], ['133-135', 'L3', 'L5-L8', 'L1C2-L3C4', 'a-1', '133-']), [2, ['133-', 'a-1']]);
});

test('a fragment also matches an id with the prefix of code hosts', async (t) => {
  assert.deepEqual(await missingOf(t, ['user-content-install'], ['install', 'user-content-install', 'user-content-other']), [
    3,
    ['user-content-other'],
  ]);
});

test('#top, text directives and client-side routes are not checked', async (t) => {
  assert.deepEqual(await missingOf(t, [], ['top', 'TOP', ':~:text=word', '/users/1', '!page']), [0, []]);
  assert.deepEqual(await missingOf(t, ['one'], ['one:~:text=word', 'two:~:text=word']), [2, ['two']]);
  assert.deepEqual(await missingOf(t, [], ['topology']), [1, ['topology']]);
});

test('nothing counts as missing on a page that failed, is not HTML, was cut or was not fetched', async (t) => {
  assert.deepEqual(await missingOf(t, [], ['x'], { verdict: 'reset' }), [0, []]);
  assert.deepEqual(await missingOf(t, [], ['x'], { truncated: true }), [0, []]);
  const { anchors: _, ...pdf } = outcome({ url: 'http://a/x.pdf', ...page([]) });
  const rows = [outcome({ url: 'http://a/', ...page([], [], ['http://a/x.pdf#page=3', 'http://a/unknown#x']) }), pdf];
  assert.deepEqual(await checked(t, rows), { checked: 0, missing: [] });
});

test('a fragment in the Location of a redirect replaces the one of the link', async (t) => {
  const to = (finalUrl: string) => ({ finalUrl, redirects: [{ status: 302, url: 'http://a/target' }] });
  const [anchors, old] = [['new'], ['old', 'gone']];
  assert.deepEqual(await missingOf(t, anchors, old, to('http://a/there#new')), [2, []]);
  assert.deepEqual(await missingOf(t, ['old'], ['old'], to('http://a/there#other')), [1, ['old']]);
  assert.deepEqual(await missingOf(t, anchors, old, to('http://a/there#/route')), [2, []], 'a route needs no element');
  assert.deepEqual(await missingOf(t, anchors, old, to('http://a/there#')), [2, []], 'nor does the top');
  assert.deepEqual(await missingOf(t, anchors, ['new', 'old'], to('http://a/there')), [2, ['old']]);
  const inherited = { url: 'http://a/target#old', ...to('http://a/there#old') };
  assert.deepEqual(await missingOf(t, anchors, ['new', 'gone'], inherited), [2, ['gone']], 'the fragment of its own line is no other');
});

test('pages that link to the same target are listed together, and the target counts once', async (t) => {
  const pointing = (n: number) => outcome({ url: `http://a/${n}`, ...page([], ['here'], ['http://a/0#gone', 'http://a/0#here']) });
  const { checked: count, missing } = await checked(
    t,
    Array.from({ length: 130 }, (_, n) => pointing(n)),
  );
  assert.equal(count, 2);
  const [{ target, on, total } = { target: '', on: [], total: 0 }] = missing;
  assert.deepEqual([missing.length, target, on.length, on[0], total], [1, 'http://a/0#gone', 100, 'http://a/0', 130]);
});

test('a page can link to itself, and the same name on two pages is distinguished', async (t) => {
  const rows = [
    outcome({ url: 'http://a/1', ...page([], ['one'], ['http://a/1#one', 'http://a/1#two']) }),
    outcome({ url: 'http://a/2', ...page([], ['two'], ['http://a/2#two', 'http://a/2#one']) }),
  ];
  const { checked: count, missing } = await checked(t, rows);
  assert.deepEqual([count, missing.map(({ target }) => target)], [4, ['http://a/1#two', 'http://a/2#one']]);
});

test('a redirected target is checked on the final page, in any spelling of its URL', async (t) => {
  const moved = outcome({ url: 'http://a/old', finalUrl: 'http://a/new', ...page([], ['there']) });
  const rows = [outcome({ url: 'http://a/', ...page([], [], ['http://a/old#there', 'http://a/%6fld#gone']) }), moved];
  assert.deepEqual(
    (await checked(t, rows)).missing.map(({ target }) => target),
    ['http://a/%6fld#gone'],
  );
});

test('the place of a URL from a file is its line', async (t) => {
  const row = outcome({ url: 'http://a/', source: 'README.md', line: 12, fragments: ['http://a/#gone'], status: 200, anchors: '' });
  assert.deepEqual((await checked(t, [row])).missing, [
    { target: 'http://a/#gone', on: ['README.md:12'], total: 1, at: { source: 'README.md', line: 12 } },
  ]);
  const { source: _, ...ofOnly } = row;
  assert.deepEqual((await checked(t, [ofOnly], ['docs.md'])).missing[0]?.at, { source: 'docs.md', line: 12 });
});

test('among 30,000 names on a hundred pages, each existing one is found and each other one is missing', async (t) => {
  const names = Array.from({ length: 300 }, (_, n) => `name-${n}`);
  const rows = Array.from({ length: 100 }, (_, n) => {
    const url = `http://a/${n}`;
    const own = names.filter((_name, index) => index % 100 !== n);
    return outcome({
      url,
      ...page(
        [],
        own,
        names.map((name) => `${url}#${name}`),
      ),
    });
  });
  const { checked: count, missing } = await checked(t, rows);
  assert.equal(count, 30_000);
  assert.equal(missing.length, 300);
  for (const { target } of missing) assert.match(target, /^http:\/\/a\/(\d{1,2})#name-\d*?0?\1$/);
});
