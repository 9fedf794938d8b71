import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { testRedis } from '../helpers/redis-server.ts';
import { type Site, startSite } from '../helpers/site.ts';
import { runCli, scratchFolder, startCli } from './run-cli.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));

const PAGES: Readonly<Record<string, string>> = {
  '/': '<title>Home, sweet "home"</title><meta name="description" content="All of it"><a href="/a">a</a> <a href="b#part">b</a> <a href="mailto:x@a.test">x</a>',
  '/a': '<html><head><title>=A</title><script>home</script></head><body>Home is where a is</body></html>',
  '/b': '<title>B</title><base href="http://["><p>is</p><a href="http://[no">bad</a><a href="/a">a</a><a href="/a#again">a</a>',
};

/** Pages that are answered in a different order than requested. */
async function startPages(t: test.TestContext): Promise<Site> {
  const site = await startSite((request, response) => {
    const page = PAGES[request.url ?? ''];
    const answer = () => {
      response.writeHead(page === undefined ? 404 : 200, { 'Content-Type': 'text/html; charset=utf-8' });
      response.end(page);
    };
    if (request.url === '/') setTimeout(answer, 150);
    else answer();
  });
  t.after(() => site.close());
  return site;
}

async function start(t: test.TestContext) {
  const site = await startPages(t);
  const cwd = await scratchFolder(t);
  await writeFile(join(cwd, 'urls.txt'), ['/', '/none', '/a', '/b'].map((path) => `${site.origin}${path}\n`).join(''));
  return { site, cwd };
}

const ENGINES: ReadonlyArray<readonly [name: string, env: () => Promise<Record<string, string>>]> = [
  ['memory', async () => ({})],
  ['redis', async () => ({ TRAWL_REDIS_URL: await testRedis(), TRAWL_PREFIX: `test-${randomUUID()}` })],
];

const RESULTS: ReadonlyArray<readonly [map: string, reduce: string, result: (origin: string) => string]> = [
  [
    'titles.mjs',
    'csv.mjs',
    (origin) =>
      `"url","title","description"\n"${origin}/","Home, sweet ""home""","All of it"\n"${origin}/a","'=A",""\n"${origin}/b","B",""\n`,
  ],
  [
    'word-count.mjs',
    'word-count.mjs',
    () => `${JSON.stringify({ a: 5, home: 3, is: 3, b: 2, bad: 1, sweet: 1, where: 1, x: 1 }, undefined, 2)}\n`,
  ],
  [
    'link-graph.mjs',
    'link-graph.mjs',
    (origin) =>
      `digraph links {\n${[
        ['/', '/a'],
        ['/', '/b'],
        ['/b', '/a'],
      ]
        .map(([from, to]) => `  "${origin}${from}" -> "${origin}${to}";\n`)
        .join('')}}\n`,
  ],
];

for (const [engine, environment] of ENGINES) {
  for (const [map, reduce, result] of RESULTS) {
    test(`${engine}: the example ${map} with ${reduce} produces its result`, async (t) => {
      const { site, cwd } = await start(t);
      const modules = ['--map', join(EXAMPLES, map), '--reduce', join(EXAMPLES, reduce)];
      const { code, stdout, stderr } = await runCli([...modules, '-f', 'result', 'urls.txt'], { cwd, env: await environment() });
      assert.equal(code, 2, stderr);
      assert.equal(stdout, result(site.origin));
    });
  }
}

test('another reduce of a run fetches nothing, and every report has its result', async (t) => {
  const { site, cwd } = await start(t);
  const crawled = await runCli(['--run', 'mine', '--map', join(EXAMPLES, 'titles.mjs'), 'urls.txt'], { cwd });
  assert.equal(crawled.code, 2, crawled.stderr);
  const hits = site.hits.length;
  await writeFile(
    join(cwd, 'count.mjs'),
    'export const initial = 0; export const reduce = (sum) => sum + 1; export const finish = (pages) => ({ pages });',
  );
  const csv = await runCli(['report', 'mine', '--reduce', join(EXAMPLES, 'csv.mjs'), '-f', 'result', '-o', 'titles.csv'], { cwd });
  assert.equal(csv.code, 0, csv.stderr);
  assert.match(await readFile(join(cwd, 'titles.csv'), 'utf8'), /^"url","title","description"\n"http.*\n"http.*\n"http.*\n$/);
  const json = await runCli(['report', 'mine', '--reduce', 'count.mjs', '-f', 'json'], { cwd });
  assert.deepEqual(JSON.parse(json.stdout).result, { pages: 3 });
  const table = await runCli(['report', 'mine', '--reduce', 'count.mjs'], { cwd });
  assert.match(table.stdout, /Total: 4 URLs, 3 success, 1 failed\n\n\{\n {2}"pages": 3\n\}\n$/);
  assert.equal(site.hits.length, hits);
});

test('a reduce that fails is exit 3, with how to repeat it', async (t) => {
  const { site, cwd } = await start(t);
  await writeFile(join(cwd, 'bad.mjs'), `export const initial = 0; export function reduce() { throw new Error('not today') }`);
  const failed = await runCli(['--run', 'mine', '--map', join(EXAMPLES, 'titles.mjs'), '--reduce', 'bad.mjs', 'urls.txt'], { cwd });
  assert.equal(failed.code, 3);
  assert.match(
    failed.stderr,
    /^trawl: reduce at http.*\/ \(line 1\) of bad\.mjs failed: not today \(bad\.mjs:1:\d+\); no row is lost: fix the module, then run trawl report mine --reduce bad\.mjs$/m,
  );
  await writeFile(join(cwd, 'bad.mjs'), 'export const initial = 0; export const reduce = (sum) => sum + 1;');
  const mended = await runCli(['report', 'mine', '--reduce', 'bad.mjs', '-f', 'result'], { cwd });
  assert.deepEqual([mended.code, mended.stdout], [0, '3\n']);
  assert.equal(site.hits.length, 4);
});

test('an unusable reduce module, or -f result without one, is exit 3 before anything is fetched', async (t) => {
  const { site, cwd } = await start(t);
  const missing = await runCli(['--reduce', 'nowhere.mjs', 'urls.txt'], { cwd });
  assert.equal(missing.code, 3);
  assert.match(missing.stderr, /^trawl: there is no reduce module nowhere\.mjs/m);
  const none = await runCli(['-f', 'result', 'urls.txt'], { cwd });
  assert.equal(none.code, 3);
  assert.match(none.stderr, /-f result prints the result of a reduce module: add --reduce FILE/);
  assert.equal(site.hits.length, 0);
  const unnamed = await runCli(['collect', '--redis', await testRedis(), '--reduce', join(EXAMPLES, 'csv.mjs')], { cwd });
  assert.equal(unnamed.code, 3);
  assert.match(unnamed.stderr, /name it, trawl collect RUN --reduce FILE/);
});

test('collect --reduce keeps the result with the run, for every later report', async (t) => {
  const { cwd } = await start(t);
  const env = { TRAWL_REDIS_URL: await testRedis(), TRAWL_PREFIX: `test-${randomUUID()}` };
  const map = join(EXAMPLES, 'titles.mjs');
  const enqueued = await runCli(['enqueue', '--map', map, 'urls.txt'], { cwd, env });
  const run = enqueued.stdout.trim();
  const worker = startCli(['worker', '--maps', EXAMPLES], { cwd, env });
  const collected = await runCli(['collect', run, '--reduce', join(EXAMPLES, 'csv.mjs')], { cwd, env });
  assert.equal(collected.code, 2, collected.stderr);
  worker.child.kill('SIGTERM');
  await worker.result;
  const kept = JSON.parse(await readFile(join(cwd, '.trawl/runs', run, 'run.json'), 'utf8'));
  assert.match(kept.result, /^"url","title","description"\n/);
  assert.equal(kept.state, 'ended');
  const report = await runCli(['report', run, '-f', 'result'], { cwd });
  assert.deepEqual([report.code, report.stdout], [0, kept.result]);
});

test('a map in progress at a stop is given back, and the resumed run gets the same result', async (t) => {
  const { site, cwd } = await start(t);
  await writeFile(join(cwd, 'hangs'), '');
  await writeFile(
    join(cwd, 'map.mjs'),
    `import { existsSync } from 'node:fs';
     export function map({ url, text }) {
       if (url.endsWith('/b')) while (existsSync('hangs')) console.log('still mapping');
       return text.length;
     }
     export const initial = [];
     export const reduce = (all, length, { line }) => [...all, [line, length]];`,
  );
  const cli = startCli(['--run', 'mine', '--map', 'map.mjs', '--map-timeout', '10m', '--drain', '0', 'urls.txt'], { cwd });
  await cli.said('still mapping');
  cli.child.kill('SIGTERM');
  assert.equal((await cli.result).code, 143);
  await rm(join(cwd, 'hangs'));
  const continued = await runCli(['--continue', 'mine', '--reduce', 'map.mjs', '-f', 'result'], { cwd });
  assert.equal(continued.code, 2, continued.stderr);
  const lengths = [
    [1, '/'],
    [3, '/a'],
    [4, '/b'],
  ].map(([line, path]) => [line, PAGES[String(path)]?.length]);
  assert.deepEqual(JSON.parse(continued.stdout), lengths);
  assert.equal(site.countOf('/b'), 2);
});
