import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Outcome } from '../../../src/model/outcome.ts';
import { findReferrers } from '../../../src/report/links/referrers.ts';
import { outcome, page, writeLog } from '../sample-log.ts';

const broken = (url: string) => outcome({ url, verdict: 'broken', status: 404, depth: 1 });

async function referrers(t: TestContext, rows: readonly Outcome[], endBytes?: number) {
  return findReferrers(await writeLog(t, rows), endBytes);
}

test('every page that links to a failed URL is found anywhere in the log, and only failed URLs have referrers', async (t) => {
  const gone = broken('http://a/gone');
  const fine = outcome({ url: 'http://a/fine', depth: 1, ...page(['http://a/gone', 'http://a/fine']) });
  const found = await referrers(t, [
    outcome({ url: 'http://a/z', ...page(['http://a/fine', 'http://a/gone']) }),
    gone,
    fine,
    outcome({ url: 'http://a/y', ...page(['http://a/other']) }),
  ]);
  assert.deepEqual({ ...found.of(gone) }, { pages: ['http://a/fine', 'http://a/z'], total: 2 });
  assert.equal(found.of(fine), undefined);
  assert.equal(found.of(broken('http://a/nobody-links-here')), undefined);
  assert.equal(found.linkingRows, 3);
});

test('a link counts in any spelling, and a redirected failure is found by its first URL', async (t) => {
  const spelled = outcome({ url: 'http://a/%7euser', verdict: 'timeout' });
  const redirected = outcome({ url: 'http://a/old', verdict: 'broken', status: 404, finalUrl: 'http://a/new' });
  const found = await referrers(t, [outcome({ url: 'http://a/', ...page(['http://a/~user', 'http://a/old']) }), spelled, redirected]);
  assert.deepEqual(found.of(spelled)?.pages, ['http://a/']);
  assert.deepEqual(found.of(redirected)?.pages, ['http://a/']);
});

test('100 pages are kept, and all are counted', async (t) => {
  const gone = broken('http://a/gone');
  const pages = Array.from({ length: 250 }, (_, n) => outcome({ url: `http://a/${n}`, ...page(['http://a/gone']) }));
  const { pages: kept = [], total } = (await referrers(t, [gone, ...pages])).of(gone) ?? {};
  assert.deepEqual([kept.length, total], [100, 250]);
  assert.ok(kept.includes('http://a/99') && !kept.includes('http://a/100'));
});

test('a list that was fetched without depth has no referrers', async (t) => {
  const found = await referrers(t, [broken('http://a/'), outcome({ url: 'no url', verdict: 'invalid-url' })]);
  assert.equal(found.linkingRows, 0);
});

test('only rows up to the given end count', async (t) => {
  const gone = broken('http://a/gone');
  const linking = outcome({ url: 'http://a/', ...page(['http://a/gone']) });
  const endBytes = `${JSON.stringify(gone)}\n`.length;
  assert.equal((await referrers(t, [gone, linking], endBytes)).of(gone), undefined);
});
