import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { LeftOut } from '../../../src/model/left-out.ts';
import { findSkippedLinks } from '../../../src/report/links/skipped-links.ts';
import { outcome, page, writeLog } from '../sample-log.ts';

const skipping = (url: string, skipped: ReadonlyArray<readonly [LeftOut, string]>) =>
  outcome({ url, ...page([]), skippedLinks: skipped.map(([reason, link]) => ({ reason, url: link })) });

async function found(t: TestContext, rows: readonly ReturnType<typeof skipping>[]) {
  return findSkippedLinks(await writeLog(t, rows));
}

test('each link is listed once for each reason, with the first page that has it', async (t) => {
  const rows = [
    skipping('http://a/1', [
      ['scope', 'http://b/'],
      ['nofollow', 'http://a/login'],
    ]),
    skipping('http://a/2', [
      ['scope', 'http://b/'],
      ['scope', 'http://c/'],
      ['nofollow', 'http://b/'],
    ]),
  ];
  assert.deepEqual(await found(t, rows), {
    total: 4,
    isMore: false,
    links: [
      { reason: 'scope', url: 'http://b/', page: 'http://a/1' },
      { reason: 'scope', url: 'http://c/', page: 'http://a/2' },
      { reason: 'nofollow', url: 'http://a/login', page: 'http://a/1' },
      { reason: 'nofollow', url: 'http://b/', page: 'http://a/2' },
    ],
  });
});

test('at most 1,000 links are listed, and each reason gets a fair share', async (t) => {
  const many = (reason: LeftOut, count: number) => Array.from({ length: count }, (_, n) => [reason, `http://b/${n}`] as const);
  const { total, links } = await found(t, [
    skipping('http://a/', [...many('scope', 3_000), ...many('excluded', 1_500), ...many('nofollow', 20)]),
  ]);
  const of = (wanted: LeftOut) => links.filter(({ reason }) => reason === wanted).length;
  assert.equal(total, 4_520);
  assert.deepEqual([links.length, of('nofollow'), of('excluded'), of('scope')], [1_000, 20, 490, 490]);
});

test('a log without skipped links has none', async (t) => {
  assert.deepEqual(await found(t, [outcome()]), { total: 0, isMore: false, links: [] });
});
