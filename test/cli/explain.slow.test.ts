import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSite } from '../helpers/site.ts';
import { runCli, scratchFolder } from './run-cli.ts';

test('explain uses the options, seeds and rows of a run, and refuses an unknown run before any request', async (t) => {
  const cwd = await scratchFolder(t);
  const site = await startSite((request, response) => {
    response.setHeader('content-type', 'text/html');
    if (request.url === '/docs/') response.end('<a href=a>a</a><a href=/else>e</a><a rel=nofollow href=b>b</a>');
    else response.writeHead(404).end();
  });
  t.after(() => site.close());
  const crawled = await runCli(['-d', '2', '--scope', 'prefix', '--show-skipped', '--run', 'mine', `${site.origin}/docs/`], { cwd });
  assert.equal(crawled.code, 2, crawled.stderr);
  const explain = async (...args: string[]) => runCli(['explain', ...args], { cwd });

  const [broken, left] = await Promise.all([
    explain('--run', 'mine', `${site.origin}/docs/%61#part`),
    explain('--run', 'mine', '-f', 'json', `${site.origin}/else`),
  ]);
  assert.deepEqual([broken.code, broken.stderr], [0, '']);
  assert.match(broken.stdout, /^run {9}mine has a row for it: broken 404, at /m);
  assert.match(broken.stdout, /^ {12}found first on \S+\/docs\/, at depth 1\n {12}linked from 1 page: \S+\/docs\/$/m);
  const { schema, scope, verdict, because, inRun } = JSON.parse(left.stdout);
  assert.deepEqual([schema, verdict, because, scope.leftOut, scope.from], [1, 'skip', 'scope', 'scope', [`${site.origin}/docs/`]]);
  assert.deepEqual(inRun, { run: 'mine', linkedFrom: [], linkedFromTotal: 0, leftOut: 'scope' });

  const hits = site.hits.length;
  const missing = await explain('--run', 'nosuch', `${site.origin}/`);
  assert.deepEqual([missing.code, missing.stdout, site.hits.length], [3, '', hits]);
  assert.match(missing.stderr, /^trawl: no run nosuch in /);
});
