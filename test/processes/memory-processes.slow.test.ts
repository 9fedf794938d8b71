import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { seededRandom } from '../chaos/seeded-random.ts';
import { type CliResult, runCli, scratchFolder, startCli } from '../cli/run-cli.ts';
import { until } from '../contracts/crew.ts';
import { linkedSite } from '../helpers/linked-site.ts';
import { startSite } from '../helpers/site.ts';
import { fetchingChildren } from './own-children.ts';

const TWO = ['--processes', '2', '-q'];

async function start(t: TestContext, answer: RequestListener = (_, response) => void response.end('ok')) {
  const cwd = await scratchFolder(t);
  let [inFlight, most] = [0, 0];
  const site = await startSite((request, response) => {
    most = Math.max(most, ++inFlight);
    response.on('close', () => inFlight--);
    setTimeout(() => answer(request, response), 2);
  });
  t.after(() => site.close());
  const rows = async (run: string) => {
    const text = await readFile(join(cwd, '.trawl/runs', run, 'outcomes.ndjson'), 'utf8');
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  };
  const list = async (paths: readonly string[]) => {
    const lines = paths.map((path) => site.origin + path);
    await writeFile(join(cwd, 'urls.txt'), lines.join('\n'));
    return lines;
  };
  return { cwd, site, rows, list, most: () => most };
}

const paths = (count: number) => Array.from({ length: count }, (_, index) => `/get?page=${index}`);
const urlsOf = (rows: ReadonlyArray<{ url: string }>) => rows.map(({ url }) => url).sort();

test('a crawl whose processes are killed has each URL once and keeps its limits', async (t) => {
  const { cwd, site, rows, list, most } = await start(t);
  const lines = await list(paths(600));
  const crawl = startCli(['crawl', '--processes', '3', '-c', '7', '--run', 'r', '--host-concurrency', '50', 'urls.txt'], { cwd });
  for (const share of [0.2, 0.4, 0.6]) {
    await until(() => site.hits.length >= lines.length * share, `${share} of the hits`);
    const [victim] = await fetchingChildren(crawl.child.pid);
    if (victim !== undefined) process.kill(victim, 'SIGKILL');
  }
  const { code, stderr } = await crawl.result;
  assert.equal(code, 0, stderr);
  const all = await rows('r');
  assert.deepEqual(urlsOf(all), [...lines].sort());
  assert.deepEqual([...new Set(all.map(({ attempts }) => attempts))], [1], 'a death does not count as an attempt');
  assert.ok(new Set(all.map((row) => row.worker)).size >= 3, 'several processes fetched');
  assert.ok(most() <= 7, `${most()} at a time`);
  // A process has at most 3 visits with at most 16 entries each, and their endings may be lost with it.
  assert.ok(site.hits.length <= lines.length + 3 * 3 * 16, `${site.hits.length} hits`);
  assert.match(stderr, /a fetching process ended \(SIGKILL\); another one replaces it/);
});

test('two processes follow links to the same URLs as one, even if one of them is killed', async (t) => {
  const elsewhere = await startSite({ host: '127.0.0.2', handler: (_request, response) => void response.end() });
  t.after(() => elsewhere.close());
  const linked = linkedSite(seededRandom(11), 300, elsewhere.origin);
  for (const depth of ['15', 'all']) {
    const { cwd, site, rows } = await start(t, linked.handler);
    const expected = linked.reference(depth === 'all' ? 1_000 : Number(depth));
    const crawl = startCli([...TWO, '-d', depth, '--private', 'allow', '-c', '5', '--run', 'r', `${site.origin}/`], { cwd });
    await until(() => site.hits.length >= expected.length * 0.4, 'a part of its way');
    const [victim] = await fetchingChildren(crawl.child.pid);
    if (victim !== undefined) process.kill(victim, 'SIGKILL');
    const { code, stderr } = await crawl.result;
    assert.equal(code, 2, stderr);
    const found = (await rows('r')).map(({ url, verdict }) => `${url.slice(site.origin.length)} ${verdict}`);
    assert.deepEqual(found.sort(), expected);
  }
});

test('a request that must not be sent twice is not repeated if its process is killed', async (t) => {
  const { cwd, site, rows } = await start(t, (request, response) => void (request.url === '/held' || response.end('ok')));
  const lines = ['/held', '/other'].map((path) => JSON.stringify({ url: site.origin + path, method: 'POST', body: 'x' }));
  await writeFile(join(cwd, 'urls.jsonl'), lines.join('\n'));
  const crawl = startCli([...TWO, '--run', 'r', 'urls.jsonl'], { cwd });
  await until(() => site.hits.length === 2, 'both requests');
  // It is not known which of them has the request.
  for (const child of await fetchingChildren(crawl.child.pid)) process.kill(child, 'SIGKILL');
  const { code, stderr } = await crawl.result;
  assert.equal(code, 2, stderr);
  const held = (await rows('r')).find(({ url }) => url.endsWith('/held'));
  assert.deepEqual([held.verdict, held.error.code], ['crashed', 'MAY_HAVE_ARRIVED']);
  assert.equal(site.hits.filter(({ path }) => path === '/held').length, 1);
});

test('URLs that kill their process end as crashed, and no others do', async (t) => {
  const { cwd, rows, list } = await start(t);
  const lines = await list([...paths(60), '/poison/1', '/poison/2']);
  const env = { NODE_OPTIONS: `--import=${new URL('../faults/die-of-poison.mjs', import.meta.url).href}` };
  const { code, stderr } = await runCli([...TWO, '-c', '4', '--run', 'r', 'urls.txt'], { cwd, env });
  assert.equal(code, 2, stderr);
  const all = await rows('r');
  assert.deepEqual(urlsOf(all), [...lines].sort());
  const crashed = all.filter(({ verdict }) => verdict === 'crashed');
  assert.deepEqual(crashed.map(({ url, error }) => [new URL(url).pathname, error.code]).sort(), [
    ['/poison/1', 'WORKER_DIED'],
    ['/poison/2', 'WORKER_DIED'],
  ]);
});

test('pages that kill their process in the middle of a batch end as crashed, and all others are found once', async (t) => {
  const pages = paths(200);
  // The whole site is linked from each page, so that depth and duplicates matter whichever page is lost.
  const links = [...pages, '/poison/1', '/poison/2'].map((path) => `<a href="${path}">x</a>`).join('');
  const { cwd, site, rows } = await start(t, (_, response) => void response.setHeader('content-type', 'text/html').end(links));
  const env = { NODE_OPTIONS: `--import=${new URL('../faults/die-of-poison.mjs', import.meta.url).href}` };
  for (const depth of ['3', 'all']) {
    const run = `depth-${depth}`;
    const { code, stderr } = await runCli([...TWO, '-d', depth, '-c', '4', '--run', run, `${site.origin}/`], { cwd, env });
    assert.equal(code, 2, stderr);
    const all = await rows(run);
    const found = ['/', ...pages, '/poison/1', '/poison/2'].map((path) => site.origin + path);
    assert.deepEqual(urlsOf(all), found.sort());
    const crashed = all.filter(({ verdict }) => verdict === 'crashed').map(({ url }) => new URL(url).pathname);
    assert.deepEqual(crashed.sort(), ['/poison/1', '/poison/2']);
    assert.ok(all.every(({ depth, ok, attempts, links }) => !ok || (depth <= 1 && attempts === 1 && links === 202)));
  }
});

test('cookies of a redirect to another origin are sent by whichever process continues it', async (t) => {
  const target = await startSite({
    host: '127.0.0.2',
    handler: (request, response) => {
      const id = new URL(request.url ?? '', 'http://x').searchParams.get('id');
      response.writeHead(302, { location: `${site.origin}/back?id=${id}` }).end();
    },
  });
  t.after(() => target.close());
  const { cwd, site, rows, list } = await start(t, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    const id = searchParams.get('id');
    if (pathname === '/back') response.writeHead(request.headers.cookie === `id=${id}` ? 200 : 403).end();
    else response.writeHead(302, { location: `${target.origin}/?id=${id}`, 'set-cookie': `id=${id}` }).end();
  });
  await list(Array.from({ length: 40 }, (_, id) => `/start?id=${id}`));
  const { code, stderr } = await runCli([...TWO, '-c', '8', '--private', 'allow', '--run', 'r', 'urls.txt'], { cwd });
  assert.equal(code, 0, stderr);
  assert.equal(site.hits.length, 80, 'none was restarted');
  assert.equal((await rows('r')).length, 40);
});

test('an interval applies across all processes', async (t) => {
  const { cwd, list } = await start(t);
  const atMs: number[] = [];
  const site = await startSite((_request, response) => {
    atMs.push(performance.now());
    response.end();
  });
  t.after(() => site.close());
  await list([]);
  await writeFile(
    join(cwd, 'urls.txt'),
    paths(8)
      .map((path) => site.origin + path)
      .join('\n'),
  );
  const { code, stderr } = await runCli([...TWO, '--host-interval', '300ms', '--run', 'r', 'urls.txt'], { cwd });
  assert.equal(code, 0, stderr);
  const wholeMs = (atMs.at(-1) ?? 0) - (atMs[0] ?? 0);
  // The first request may be seen late. With an interval per process, two processes would take half the time.
  assert.ok(wholeMs >= 0.75 * 7 * 300, `8 requests within ${wholeMs} ms`);
});

test('a stopped crawl exits with the code of the signal, and resumes with --continue', async (t) => {
  const { cwd, site, rows, list } = await start(t);
  const lines = await list(paths(400));
  const crawl = startCli(['crawl', '--processes', '2', '-c', '4', '--run', 'r', 'urls.txt'], { cwd });
  await until(() => site.hits.length >= 100, 'a part of it');
  const children = await fetchingChildren(crawl.child.pid);
  // Terminals and systemd send the signal to all processes.
  for (const pid of [crawl.child.pid ?? 0, ...children]) process.kill(pid, 'SIGTERM');
  const stopped = await crawl.result;
  assert.equal(stopped.code, 143, stopped.stderr);
  assert.ok((await rows('r')).length < lines.length);
  const { code, stderr } = await runCli(['--continue', 'r', ...TWO], { cwd });
  assert.equal(code, 0, stderr);
  assert.deepEqual(urlsOf(await rows('r')), [...lines].sort());
  assert.equal(site.hits.length, lines.length, 'nothing was fetched twice');
});

test('requests that take longer than --drain are aborted in all processes', async (t) => {
  const { cwd, site, list } = await start(t, () => {});
  await list(paths(4));
  const crawl = startCli(['crawl', '--processes', '2', '-c', '4', '--drain', '100ms', '--run', 'r', 'urls.txt'], { cwd });
  await until(() => site.hits.length === 4, 'all in flight');
  crawl.child.kill('SIGINT');
  const { code, stderr } = await crawl.result;
  assert.equal(code, 130, stderr);
});

const FAIL_FORKS = new URL('../faults/fail-forks.mjs', import.meta.url).href;

for (const how of ['throw', 'error', 'die']) {
  test(`if no process can be started (${how}), one process does the work and logs it once`, async (t) => {
    const { cwd, rows, list } = await start(t);
    const lines = await list(paths(20));
    const env = { NODE_OPTIONS: `--import=${FAIL_FORKS}`, FAIL_FORKS: '100', FAIL_FORKS_HOW: how };
    const { code, stderr } = await runCli(['crawl', '--processes', '2', '--run', 'r', 'urls.txt', '-f', 'json', '-o', 'x.json'], {
      cwd,
      env,
    });
    assert.equal(code, 0, stderr);
    assert.deepEqual(urlsOf(await rows('r')), [...lines].sort());
    assert.equal(stderr.split('this process does all the work').length, 2, stderr);
  });
}

test('a warning that every process logs is printed once', async (t) => {
  const { cwd, list } = await start(t);
  await list(paths(40));
  const [one, two] = (await Promise.all(
    ['1', '2'].map((processes) =>
      runCli(
        ['crawl', '--processes', processes, '-H', 'X-Key: env:NOT_SET', '--run', `r${processes}`, 'urls.txt', '-f', 'json', '-o', 'x.json'],
        { cwd },
      ),
    ),
  )) as [CliResult, CliResult];
  assert.equal(two.code, one.code);
  assert.equal(two.stderr, one.stderr);
});

test('auto starts no processes for a few URLs', async (t) => {
  const { cwd, site, rows, list } = await start(t, (_, response) => void setTimeout(() => response.end(), 300));
  await list(paths(10));
  const crawl = startCli(['crawl', '-q', '--run', 'r', 'urls.txt'], { cwd });
  await until(() => site.hits.length >= 10, 'all requests');
  assert.deepEqual(await fetchingChildren(crawl.child.pid), []);
  assert.equal((await crawl.result).code, 0);
  assert.equal(new Set((await rows('r')).map(({ worker }) => worker)).size, 1);
});
