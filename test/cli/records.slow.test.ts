import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Outcome } from '../../src/model/outcome.ts';
import { until } from '../contracts/crew.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { type Site, startSite } from '../helpers/site.ts';
import { scaledMs } from '../helpers/until.ts';
import { runCli, scratchFolder, startCli } from './run-cli.ts';

/** Only a page that never answers takes longer. */
const TIMEOUT = `${scaledMs(1_000)}ms`;

interface Request {
  method: string | undefined;
  path: string | undefined;
  type: string | undefined;
  body: string;
}

/** A site that answers 503 to the first requests for `/flaky`, and records what it was sent. */
async function scene(t: TestContext, files: Record<string, string> = {}): Promise<{ cwd: string; site: Site; seen: Request[] }> {
  const cwd = await scratchFolder(t);
  const seen: Request[] = [];
  const site = await startSite(async (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    await once(request, 'end');
    const { method, url: path, headers } = request;
    seen.push({ method, path, type: headers['content-type'], body: Buffer.concat(chunks).toString() });
    if (path?.startsWith('/flaky') && seen.filter((one) => one.path === path).length < 2) response.writeHead(503).end();
    else if (path === '/missing') response.writeHead(404).end('nothing');
    else if (path !== '/silent') response.end('all is well');
  });
  t.after(() => site.close());
  for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text.replaceAll('SITE', site.origin));
  return { cwd, site, seen };
}

function rows(stdout: string): Outcome[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Outcome)
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

const RECORDS = [
  '{"url": "SITE/a", "meta": {"id": 1, "verdict": "broken"}}',
  '{"url": "SITE/a", "method": "post", "body": {"n": 2}, "meta": 2}',
  '',
  '{"url": "SITE/missing", "accept": 404}',
  '{"url": "SITE/b", "contains": "is well"}',
  '{"url": "SITE/b", "contains": "is bad", "meta": [3]}',
  '{"url": "SITE/flaky-get", "method": "GET"}',
  '{"url": "SITE/flaky-post", "method": "POST", "body": "once"}',
  '{"url": "SITE/flaky-safe", "method": "POST", "body": "again", "repeatable": true}',
  '{"url": "SITE/c", "id": 9, "meta": null}',
  'no json',
  '{"url": "", "meta": {"id": 12}}',
].join('\n');

for (const engine of ['memory', 'redis'] as const) {
  test(`records: each line is requested as specified, and has its own row (${engine})`, async (t) => {
    const { cwd, site, seen } = await scene(t, { 'jobs.jsonl': RECORDS });
    const redis = engine === 'redis' ? ['--redis', await testRedis(), '--prefix', `records-${randomUUID()}`] : [];
    const { code, stdout, stderr } = await runCli(['crawl', ...redis, '-f', 'ndjson', 'jobs.jsonl'], { cwd });
    assert.equal(code, 2, stderr);
    const told = rows(stdout).map(({ line, url, method, status, verdict, error, meta, identity, attempts }) => [
      line,
      url.replace(site.origin, ''),
      method,
      error?.code ?? status,
      verdict,
      meta,
      identity,
      attempts,
    ]);
    assert.deepEqual(told, [
      [1, '/a', 'GET', 200, 'ok', { id: 1, verdict: 'broken' }, 'line', 1],
      [2, '/a', 'POST', 200, 'ok', 2, 'line', 1],
      [4, '/missing', 'GET', 404, 'ok', undefined, 'line', 1],
      [5, '/b', 'GET', 200, 'ok', undefined, 'line', 1],
      [6, '/b', 'GET', 'TEXT_MISSING', 'broken', [3], 'line', 1],
      [7, '/flaky-get', 'GET', 200, 'ok', undefined, 'line', 2],
      [8, '/flaky-post', 'POST', 503, 'broken', undefined, 'line', 1],
      [9, '/flaky-safe', 'POST', 200, 'ok', undefined, 'line', 2],
      [10, '/c', 'GET', 'NOT_A_RECORD', 'invalid-url', null, undefined, 0],
      [11, 'no json', 'GET', 'NOT_A_RECORD', 'invalid-url', undefined, undefined, 0],
      [12, '{…}', 'GET', 'NOT_A_RECORD', 'invalid-url', { id: 12 }, undefined, 0],
    ]);
    const posted = seen.find(({ path, method }) => path === '/a' && method === 'POST');
    assert.deepEqual(posted, { method: 'POST', path: '/a', type: 'application/json', body: '{"n": 2}' });
    assert.deepEqual(
      seen.filter(({ path }) => path === '/flaky-safe').map(({ body }) => body),
      ['again', 'again'],
    );
  });
}

test('a table: its rows are records, and can be deduplicated', async (t) => {
  const { cwd, site } = await scene(t, { 'pages.csv': 'id,page\n1,SITE/x\n2,SITE/y\n3,SITE/x\n' });
  const unknown = await runCli(['pages.csv'], { cwd });
  assert.equal(unknown.code, 3);
  assert.match(unknown.stderr, /which column of pages\.csv holds the URL\? its first row has "id", "page"; give --url-column NAME/);
  const each = await runCli(['--url-column', 'page', '-f', 'ndjson', 'pages.csv'], { cwd });
  assert.deepEqual(
    rows(each.stdout).map(({ line, url, meta }) => [line, url, meta]),
    [
      [2, `${site.origin}/x`, { id: '1' }],
      [3, `${site.origin}/y`, { id: '2' }],
      [4, `${site.origin}/x`, { id: '3' }],
    ],
  );
  const once = await runCli(['--url-column', 'page', '--dedupe', 'url', '-f', 'json', 'pages.csv'], { cwd });
  const { books } = JSON.parse(once.stdout);
  assert.deepEqual([books.submitted, books.duplicates, books.rows, books.balanced], [3, 1, 2, true]);
  const stdin = await runCli(['--input', 'csv', '--url-column', '2', '-f', 'ndjson', '-'], { cwd, input: `a,${site.origin}/z\n` });
  assert.deepEqual(
    rows(stdin.stdout).map(({ url, meta, line }) => [url, meta, line]),
    [[`${site.origin}/z`, { 1: 'a' }, 1]],
  );
  const list = await runCli(['--dedupe', 'none', '-f', 'ndjson', '-'], { cwd, input: `${site.origin}/z\n${site.origin}/z\n` });
  assert.deepEqual(
    rows(list.stdout).map(({ line, identity }) => [line, identity]),
    [
      [1, 'line'],
      [2, 'line'],
    ],
  );
});

test('an interrupted run of records resumes where it stopped, and reads its table in the same way', async (t) => {
  const { cwd, seen } = await scene(t, { 'pages.csv': 'n,page\n1,SITE/x\n2,SITE/x\n3,SITE/silent\n4,SITE/y\n' });
  const first = startCli(['--run', 'mine', '-c', '1', '--url-column', 'page', '--drain', '0', 'pages.csv'], { cwd });
  await until(() => seen.some(({ path }) => path === '/silent'), 'the silent page was asked for');
  first.child.kill('SIGINT');
  assert.equal((await first.result).code, 130);
  const before = rows(await readFile(join(cwd, '.trawl/runs/mine/outcomes.ndjson'), 'utf8'));
  assert.deepEqual(
    before.map(({ line }) => line),
    [2, 3],
  );
  const second = await runCli(['--continue', 'mine', '--timeout', TIMEOUT, '--retries', '0', '-f', 'json'], { cwd });
  assert.equal(second.code, 2, second.stderr);
  const { books } = JSON.parse(second.stdout);
  assert.deepEqual([books.submitted, books.rows, books.ok, books.failed, books.balanced], [4, 4, 3, 1, true]);
  assert.equal(seen.filter(({ path }) => path === '/x').length, 2);
});

test('a list given again to a resumed run is read in the same way', async (t) => {
  const { cwd, seen, site } = await scene(t, { 'list.txt': 'SITE/x\nSITE/x\nSITE/silent\n' });
  const input = `${site.origin}/x\n${site.origin}/x\n${site.origin}/silent\n`;
  const first = startCli(['--run', 'mine', '-c', '1', '--dedupe', 'none', '--drain', '0', '-'], { cwd, input });
  await until(() => seen.some(({ path }) => path === '/silent'), 'the silent page was asked for');
  first.child.kill('SIGINT');
  await first.result;
  const second = await runCli(['--continue', 'mine', '--timeout', TIMEOUT, '--retries', '0', '-f', 'json', 'list.txt'], { cwd });
  const { books } = JSON.parse(second.stdout);
  assert.deepEqual([books.submitted, books.rows, books.ok, books.balanced], [3, 3, 2, true]);
  assert.equal(seen.filter(({ path }) => path === '/x').length, 2);
});

test('--continue refuses other sources of records, because URLs with rows would be sent again', async (t) => {
  const { cwd, seen } = await scene(t, {
    'jobs.jsonl': '{"url": "SITE/x", "method": "POST"}\n{"url": "SITE/silent"}\n',
    'more.jsonl': '{"url": "SITE/y"}\n',
  });
  const first = startCli(['--run', 'mine', '-c', '1', '--drain', '0', 'jobs.jsonl'], { cwd });
  await until(() => seen.some(({ path }) => path === '/silent'), 'the silent page was asked for');
  first.child.kill('SIGINT');
  await first.result;
  const other = await runCli(['--continue', 'mine', 'jobs.jsonl', 'more.jsonl'], { cwd });
  assert.equal(other.code, 3);
  assert.match(other.stderr, /run mine was started with jobs\.jsonl: give the same sources, or none/);
  const again = await runCli(['--continue', 'mine', '--timeout', TIMEOUT, '--retries', '0', '-f', 'json', 'jobs.jsonl'], { cwd });
  assert.deepEqual([JSON.parse(again.stdout).books.rows, JSON.parse(again.stdout).books.balanced], [2, true]);
  assert.deepEqual(
    seen.filter(({ path }) => path !== '/silent').map(({ method, path }) => [method, path]),
    [['POST', '/x']],
  );
});

test('an interrupted request that must not be sent twice is not repeated', async (t) => {
  const { cwd, seen } = await scene(t, { 'jobs.jsonl': '{"url": "SITE/silent", "method": "POST", "body": "pay"}\n' });
  const run = startCli(['--run', 'mine', '--drain', '0', 'jobs.jsonl'], { cwd });
  await until(() => seen.length === 1, 'the request has arrived');
  run.child.kill('SIGTERM');
  await run.result;
  const [row] = rows(await readFile(join(cwd, '.trawl/runs/mine/outcomes.ndjson'), 'utf8'));
  assert.deepEqual([row?.verdict, row?.error?.code, row?.method], ['crashed', 'MAY_HAVE_ARRIVED', 'POST']);
});

test('a POST is not sent again when the worker that sent it is killed', async (t) => {
  const { cwd, seen } = await scene(t, {
    'jobs.jsonl': ['{"url": "SITE/silent", "method": "POST"}', '{"url": "SITE/silent", "method": "GET"}'].join('\n'),
  });
  const env = {
    TRAWL_REDIS_URL: await testRedis(),
    TRAWL_PREFIX: `records-${randomUUID()}`,
    TRAWL_LOCK: `${scaledMs(2_000)}ms`,
    TRAWL_STALLED_CHECK: '200ms',
  };
  const run = startCli(['crawl', '--no-work', '--timeout', TIMEOUT, '--retries', '0', '-f', 'ndjson', 'jobs.jsonl'], { cwd, env });
  const worker = startCli(['worker'], { cwd, env });
  await until(() => seen.length === 2, 'both requests have arrived');
  worker.child.kill('SIGKILL');
  await worker.result;
  const next = startCli(['worker'], { cwd, env });
  const { stdout } = await run.result;
  next.child.kill('SIGTERM');
  await next.result;
  assert.deepEqual(
    rows(stdout).map(({ method, verdict, error }) => [method, verdict, error?.code]),
    [
      ['POST', 'crashed', 'MAY_HAVE_ARRIVED'],
      ['GET', 'timeout', 'TIMEOUT'],
    ],
  );
  const methods = seen.map(({ method }) => method);
  assert.equal(methods.filter((method) => method === 'POST').length, 1);
  // A worker that starves for longer than its lock repeats the other one.
  assert.ok(methods.length >= 3, 'the other request is sent again');
});

test('--method HEAD falls back to GET if the server does not support it, and other methods are sent once', async (t) => {
  const cwd = await scratchFolder(t);
  const site = await startSite((request, response) => {
    if (request.url === '/get-only' && request.method === 'HEAD') response.writeHead(405).end();
    else if (request.method === 'PUT') response.writeHead(500).end();
    else response.end('a page');
  });
  t.after(() => site.close());
  const urls = [`${site.origin}/get-only`, `${site.origin}/both`];
  const head = rows((await runCli(['--method', 'head', '-f', 'ndjson', ...urls], { cwd })).stdout);
  assert.deepEqual(
    head.map(({ method, status, sizeBytes, attempts }) => [method, status, sizeBytes, attempts]),
    [
      ['GET', 200, 6, 2],
      ['HEAD', 200, 0, 1],
    ],
  );
  const put = rows((await runCli(['--method', 'PUT', '-f', 'ndjson', ...urls], { cwd })).stdout);
  assert.deepEqual(
    put.map(({ method, status, attempts }) => [method, status, attempts]),
    [
      ['PUT', 500, 1],
      ['PUT', 500, 1],
    ],
  );
});

test('an unwritable body folder is reported before anything is fetched', async (t) => {
  const { cwd, site } = await scene(t, { 'a-file': '' });
  for (const command of ['crawl', 'watch']) {
    const { code, stdout, stderr } = await runCli([command, '--save-bodies', 'a-file', `${site.origin}/a`], { cwd });
    assert.deepEqual([code, stdout], [3, '']);
    assert.match(stderr, /^trawl: cannot save bodies in a-file: .*, or choose another folder with --save-bodies$/m);
  }
  assert.equal(site.hits.length, 0);
});

test('decoded bodies are saved where the rows say; a disk error delays the run but loses nothing', async (t) => {
  const cwd = await scratchFolder(t);
  const site = await startSite((request, response) => {
    if (request.url === '/empty') response.end();
    else response.writeHead(request.url === '/gone' ? 404 : 200, { 'content-type': 'text/html' }).end(`page ${request.url}`);
  });
  t.after(() => site.close());
  const urls = ['a', 'gone', 'empty'].map((name) => `${site.origin}/${name}`);
  // A file is where the run's folder should be, so nothing can be written there.
  await mkdir(join(cwd, 'bodies'));
  await writeFile(join(cwd, 'bodies/mine'), '');
  const run = startCli(['--run', 'mine', '--save-bodies', 'bodies', '-f', 'ndjson', ...urls], { cwd });
  await run.said('cannot save bodies in bodies');
  await rm(join(cwd, 'bodies/mine'));
  const told = rows((await run.result).stdout);
  assert.deepEqual(
    told.map(({ verdict }) => verdict),
    ['ok', 'broken', 'ok'],
  );
  const saved = await Promise.all(told.map(({ bodyFile }) => bodyFile && readFile(join(cwd, 'bodies', bodyFile), 'utf8')));
  assert.deepEqual(saved, ['page /a', 'page /gone', undefined]);
  assert.match(told[0]?.bodyFile ?? '', /^mine\/[0-9a-f]{2}\/[0-9a-f]{16}\.html$/);
});

test('a missing secret named by a record is reported in its row', async (t) => {
  const { cwd, seen } = await scene(t, {
    'jobs.jsonl': [
      '{"url": "SITE/a", "headers": {"authorization": "env:MISSING_TOKEN"}}',
      '{"url": "SITE/b", "headers": {"authorization": "env:TOKEN"}}',
    ].join('\n'),
  });
  const { stdout } = await runCli(['-f', 'ndjson', 'jobs.jsonl'], { cwd, env: { TOKEN: 'x' } });
  assert.deepEqual(
    rows(stdout).map(({ verdict, error, attempts }) => [verdict, error?.code, attempts]),
    [
      ['invalid-url', 'MISSING_SECRET', 0],
      ['ok', undefined, 1],
    ],
  );
  assert.deepEqual(
    seen.map(({ path }) => path),
    ['/b'],
  );
});

test('a map gets the meta of its record', async (t) => {
  const { cwd } = await scene(t, {
    'jobs.jsonl': '{"url": "SITE/a", "method": "POST", "meta": {"id": 7}}',
    'map.mjs': 'export const map = ({ meta, text }) => [meta.id, text];',
  });
  const { stdout, stderr } = await runCli(['--map', 'map.mjs', '-f', 'ndjson', 'jobs.jsonl'], { cwd });
  assert.deepEqual(
    rows(stdout).map(({ data }) => data),
    [[7, 'all is well']],
    stderr,
  );
});

test('records without a method use that of the run', async (t) => {
  const { cwd, seen } = await scene(t, {
    'jobs.jsonl': [
      '{"url": "SITE/a", "body": "b", "meta": {"id": 1}}',
      '{"url": "SITE/c", "method": "GET"}',
      '{"url": "SITE/d", "method": "HEAD", "contains": "x"}',
    ].join('\n'),
  });
  const post = await runCli(['--method', 'POST', '-f', 'ndjson', 'jobs.jsonl'], { cwd });
  assert.deepEqual(
    rows(post.stdout).map(({ method, verdict, error }) => [method, verdict, error?.code]),
    [
      ['POST', 'ok', undefined],
      ['GET', 'ok', undefined],
      ['POST', 'invalid-url', 'NOT_A_RECORD'],
    ],
  );
  assert.deepEqual(seen.map(({ method, body }) => [method, body]).sort(), [
    ['GET', ''],
    ['POST', 'b'],
  ]);
  const get = await runCli(['-f', 'ndjson', 'jobs.jsonl'], { cwd });
  const [refused] = rows(get.stdout);
  assert.equal(refused?.error?.message, 'the record has a body, but GET sends none: add a "method"');
  assert.deepEqual(refused?.meta, { id: 1 }, 'it can be distinguished from others');
});

const META = String.raw`{"id": 9007199254740993, "cost": 1.50, "b": 1, "2": [ ], "1": "\u00e9\/", "b": null}`;
const BODY = `{ "meta": ${META}, "n": -0.0 }`;

for (const engine of ['memory', 'redis'] as const) {
  test(`${engine}: meta and JSON bodies keep the text of their record, through every report and --continue`, {
    timeout: 120_000,
  }, async (t) => {
    const large = 'x'.repeat(1_000_000);
    const { cwd, seen } = await scene(t, {
      'jobs.jsonl': [
        `{"url": "SITE/a", "method": "POST", "body": ${BODY}, "meta": ${META}}`,
        `{"url": "SITE/b", "method": "POST", "body": null, "meta":9007199254740993}`,
        `{"url": "SITE/c", "method": "POST", "body": "${large}"}`,
        `{"url": "no url", "meta": ${META}}`,
      ].join('\n'),
    });
    const place = engine === 'redis' ? ['--redis', await testRedis(), '--prefix', `records-${randomUUID()}`] : [];
    await runCli(['jobs.jsonl', '--run', 'once', '-o', 'once.ndjson', '-o', 'once.json', '-o', 'once.csv', ...place], { cwd });
    assert.deepEqual(
      seen.sort((a, b) => ((a.path ?? '') < (b.path ?? '') ? -1 : 1)).map(({ type, body }) => [type, body === large ? 'large' : body]),
      [
        ['application/json', BODY],
        ['application/json', 'null'],
        [undefined, 'large'],
      ],
    );
    await runCli(['--continue', 'once', '-o', 'again.ndjson', ...place], { cwd });
    for (const file of ['once.ndjson', 'once.json', 'again.ndjson']) {
      const text = await readFile(join(cwd, file), 'utf8');
      assert.equal(text.split(`"meta":${META}`).length - 1, 2, file);
      assert.equal(text.split('"meta":9007199254740993').length - 1, 1, file);
    }
    assert.ok((await readFile(join(cwd, 'once.csv'), 'utf8')).includes(META.replaceAll('"', '""')));
  });
}
