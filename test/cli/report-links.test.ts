import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { CRAWL, CRAWL_LEFT_OUT, EXERCISE, summaryOf, writeLog } from '../report/sample-log.ts';
import { runCli, scratchFolder } from './run-cli.ts';

test('a log without run.json is enough to find referrers, skipped links and missing fragments', async (t) => {
  const cwd = await scratchFolder(t);
  const log = await writeLog(t, CRAWL);
  const all = await runCli(['report', log, '--referrers', '--show-skipped', '--fail-on', 'fragments'], { cwd });
  assert.equal(all.code, 2);
  assert.match(all.stderr, /^trawl: 2 missing fragments\n$/);
  assert.match(all.stdout, /gone\.html .*\n {2}on http:\/\/docs\.example\/\n {2}on http:\/\/docs\.example\/api\.html\n {2}on/);
  assert.match(all.stdout, /\nMissing fragments\n {2}http:\/\/docs\.example\/api\.html#old\|name\n/);
  assert.match(all.stdout, /\n {2}nofollow {4}http:\/\/docs\.example\/login\?next=\/guide\.html {2}on /);
  assert.match(all.stdout, /\nTotal: 6 URLs, 3 success, 3 failed\n1 from the list, 5 found\nFragments: 5 checked, 2 missing\n$/);
});

test('a report of a crawl lists skipped links, and that of a list says that it cannot', async (t) => {
  const cwd = await scratchFolder(t);
  const crawled = await writeLog(t, CRAWL);
  const { books, ...summary } = summaryOf(CRAWL);
  const file = { schema: 1, ...summary, books: { ...books, leftOut: CRAWL_LEFT_OUT }, folder: 'x', options: { fragments: false } };
  await writeFile(join(crawled, '..', 'run.json'), JSON.stringify(file));
  const { code, stdout } = await runCli(['report', crawled], { cwd });
  assert.equal(code, 0, 'a report is no judge unless it is asked');
  assert.match(
    stdout,
    /5 found\nLinks not followed: 51,230 max-urls-per-host, 1,204 scope, 12 nofollow\nmax-urls-per-host: 51,230 links; .*\n$/,
  );
  assert.doesNotMatch(stdout, /ragments/, 'the run did not check them');

  const list = await runCli(['report', await writeLog(t, EXERCISE), '--referrers', '--show-skipped', '-f', 'json'], { cwd });
  assert.match(list.stderr, /^trawl: --referrers: this run .* --depth\ntrawl: --show-skipped: this run .* --show-skipped\n$/);
  assert.equal(JSON.parse(list.stdout).outcomes.length, 3);
});
