import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startSite } from '../helpers/site.ts';
import { runCli, scratchFolder } from './run-cli.ts';

test('--sitemap crawls the pages of a sitemap, reports a broken sitemap, and stores the source with the run', async (t) => {
  const cwd = await scratchFolder(t);
  const site = await startSite((request, response) => {
    if (request.url === '/index.xml') {
      response.end('<sitemapindex><sitemap><loc>/pages.xml</loc></sitemap><sitemap><loc>/none.xml</loc></sitemap></sitemapindex>');
    } else if (request.url === '/pages.xml') response.end('<urlset><url><loc>/a</loc></url><url><loc>/a#b</loc></url></urlset>');
    else response.writeHead(request.url === '/a' ? 200 : 404).end();
  });
  t.after(() => site.close());
  const { code, stdout, stderr } = await runCli(['--sitemap', `${site.origin}/index.xml`, '--run', 'mine', '-f', 'json'], { cwd });
  assert.equal(code, 0, stderr);
  const { books } = JSON.parse(stdout);
  assert.deepEqual([books.submitted, books.duplicates, books.ok, books.balanced], [2, 1, 1, true]);
  assert.match(stderr, /sitemap http:\S+\/none\.xml cannot be downloaded: the server answered 404/);
  const { begun } = JSON.parse(await readFile(join(cwd, '.trawl/runs/mine/run.json'), 'utf8'));
  assert.deepEqual(begun.sources, [{ kind: 'sitemap', name: `${site.origin}/index.xml` }]);
});
