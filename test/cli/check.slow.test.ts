import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Outcome } from '../../src/model/outcome.ts';
import { startSite } from '../helpers/site.ts';
import { runCli, scratchFolder } from './run-cli.ts';

/** A site with one broken link of each kind: an image, a style sheet, a nofollow link, a link to another site and a fragment. */
const PAGES: Readonly<Record<string, string>> = {
  '/': '<h1 id="a">A</h1><img src="/gone.png"><link rel="stylesheet" href="/gone.css"><a href="/gone" rel="nofollow">n</a><a href="OTHER/gone">o</a><a href="/b#x">b</a><a href="OTHER/fine">f</a>',
  '/b': '<a href="/#a">back</a><a href="OTHER/gone">again</a>',
};

test('check finds broken links of every kind on a site, and requests pages of other sites once', async (t) => {
  const cwd = await scratchFolder(t);
  const other = await startSite({
    host: '127.0.0.2',
    handler: (request, response) => {
      response.writeHead(request.url === '/fine' ? 200 : 404, { 'content-type': 'text/html' }).end('<a href="/deeper">');
    },
  });
  const site = await startSite((request, response) => {
    const page = PAGES[request.url ?? ''];
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html' }).end(page?.replaceAll('OTHER', other.origin));
  });
  t.after(() => Promise.all([site.close(), other.close()]));
  const shown = (url: string) => url.replace(site.origin, '').replace(other.origin, 'OTHER');
  const failedOf = (stdout: string) =>
    (JSON.parse(stdout) as { outcomes: Outcome[] }).outcomes
      .flatMap(({ url, ok, status }) => (ok ? [] : [`${shown(url)} ${status}`]))
      .sort();

  // Links within 127.0.0.0/8 lead to private addresses. A page at a private address may link to others.
  const checked = await runCli(['check', `${site.origin}/`, '-f', 'json'], { cwd });
  assert.deepEqual(failedOf(checked.stdout), ['/gone 404', '/gone.css 404', '/gone.png 404', 'OTHER/gone 404']);
  assert.equal(checked.code, 2);
  assert.match(checked.stdout, /"missingTotal": 1|b#x/);
  assert.deepEqual([other.countOf('/fine'), other.countOf('/deeper')], [1, 0]);
  assert.doesNotMatch(checked.stderr, /not checked/);

  const crawled = await runCli(['-d', 'all', `${site.origin}/`, '-f', 'json'], { cwd });
  assert.deepEqual([crawled.code, failedOf(crawled.stdout)], [0, []]);
  assert.match(crawled.stderr, /3 external links were not checked: --check-external/);
  assert.match(crawled.stderr, /1 nofollow link was not checked: --check-nofollow/);
  assert.match(crawled.stderr, /images, scripts and style sheets \(--links all\), #fragments \(--fragments\)/);
  assert.match(crawled.stderr, /\nRun \S+ · trawl report latest\n$/);

  const parts = await runCli(['check', '--skip', 'external,nofollow,resources', `${site.origin}/`, '-f', 'json'], { cwd });
  assert.deepEqual(failedOf(parts.stdout), []);
  const latest = await runCli(['report', 'latest', '-f', 'json'], { cwd });
  assert.equal(latest.stdout, parts.stdout);
});

test('check requests each link of documents once, and does not crawl the linked sites', async (t) => {
  const cwd = await scratchFolder(t);
  const site = await startSite((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<a href="/deeper">'));
  t.after(() => site.close());
  await writeFile(join(cwd, 'a.md'), `[x](${site.origin}/page) [y](a.md) [z](${site.origin}/#part)\n`);
  const { code, stdout } = await runCli(['check', 'a.md', '-f', 'json'], { cwd });
  assert.equal(code, 2);
  assert.deepEqual([site.countOf('/page'), site.countOf('/deeper')], [1, 0]);
  assert.match(stdout, /#part/);
});

test('a JSON document is not accepted as a list, and the message says what to do', async (t) => {
  const cwd = await scratchFolder(t);
  await writeFile(join(cwd, 'package.json'), '{\n"name": "x"\n}');
  const { code, stderr } = await runCli(['package.json'], { cwd });
  assert.equal(code, 3);
  assert.match(stderr, /package\.json is a JSON document, not a list: .*--input lines/);
});
