import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startSite } from '../helpers/site.ts';
import { until } from '../helpers/until.ts';
import { inShell, runCli, scratchFolder, startCli } from './run-cli.ts';

async function start(t: test.TestContext) {
  const site = await startSite();
  t.after(() => site.close());
  const cwd = await scratchFolder(t);
  const list = (lines: readonly string[]) => writeFile(join(cwd, 'urls.txt'), `${lines.join('\n')}\n`);
  return { site, cwd, list };
}

const ndjson = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('the exercise: a list, the table, the total, exit 2', async (t) => {
  const { site, cwd, list } = await start(t);
  await list(['# a comment', '', `${site.origin}/get`, `${site.origin}/delay/0.2`, `${site.origin}/status/404`, 'http://127.0.0.1:1/']);
  const { code, stdout, stderr } = await runCli(['--retries', '0', 'urls.txt'], { cwd });
  assert.match(stderr, /^Run \S+ · trawl report latest\n$/);
  const lines = stdout.trimEnd().split('\n');
  assert.match(lines[0] ?? '', /^URL +Status +Size +Latency$/);
  assert.match(stdout, /\/get +200 +\d+B +\d+ms$/m);
  assert.match(stdout, /\/status\/404 +404 /m);
  assert.match(stdout, /^http:\/\/127\.0\.0\.1:1\/ +refused /m);
  assert.equal(lines.at(-1), 'Total: 4 URLs, 2 success, 2 failed');
  assert.equal(code, 2);
});

test('exit 0 without failures, or if the failures do not count', async (t) => {
  const { site, cwd, list } = await start(t);
  await list([`${site.origin}/get`]);
  assert.equal((await runCli(['urls.txt'], { cwd })).code, 0);
  await list([`${site.origin}/status/404`]);
  assert.equal((await runCli(['--fail-on', 'none', 'urls.txt'], { cwd })).code, 0);
});

test('--concurrency is never exceeded', async (t) => {
  const { site, cwd, list } = await start(t);
  await list(Array.from({ length: 20 }, (_, n) => `${site.origin}/delay/0.1?n=${n}`));
  const { code } = await runCli(['-c', '4', 'urls.txt'], { cwd });
  assert.equal(code, 0);
  assert.equal(site.hits.length, 20);
  assert.equal(site.maxInProgress, 4);
});

test('stdin, a URL and a file together; several reports of one run; rows in input order', async (t) => {
  const { site, cwd, list } = await start(t);
  await list([`${site.origin}/delay/0.3`, `${site.origin}/get?a`]);
  const args = [
    '-f',
    'json',
    '-o',
    'r.json',
    '-f',
    'csv',
    '-o',
    'r.csv',
    '-f',
    'ndjson',
    '--order',
    'input',
    'urls.txt',
    `${site.origin}/get?b`,
    '-',
  ];
  const { code, stdout, stderr } = await runCli(args, { cwd, input: `${site.origin}/get?c\n` });
  assert.equal(code, 0);
  assert.match(stderr, /^Run \S+ · trawl report latest\n$/);
  const paths = ['/delay/0.3', '/get?a', '/get?b', '/get?c'];
  const expected = paths.map((path) => site.origin + path);
  assert.deepEqual(
    ndjson(stdout).map(({ url }) => url),
    expected,
  );
  const json = JSON.parse(await readFile(join(cwd, 'r.json'), 'utf8'));
  assert.deepEqual(
    json.outcomes.map(({ url }: { url: string }) => url),
    expected,
  );
  assert.equal((await readFile(join(cwd, 'r.csv'), 'utf8')).trimEnd().split('\r\n').length, 5);
});

test('ndjson streams to stdout during the run', async (t) => {
  const { site, cwd, list } = await start(t);
  await list([`${site.origin}/get`, `${site.origin}/delay/600`]);
  const cli = startCli(['-f', 'ndjson', '--drain', '0', 'urls.txt'], { cwd });
  await cli.said('"status":200');
  assert.equal(cli.child.exitCode, null);
  cli.child.kill('SIGINT');
  const { code, stdout } = await cli.result;
  assert.equal(code, 130);
  assert.deepEqual(
    ndjson(stdout).map(({ url }) => url),
    [`${site.origin}/get`],
  );
});

test('SIGINT finishes what is in flight, reports what was done and what is left: exit 130', async (t) => {
  const { site, cwd, list } = await start(t);
  await list([`${site.origin}/get`, ...Array.from({ length: 50 }, (_, n) => `${site.origin}/delay/2?n=${n}`)]);
  const cli = startCli(['-c', '5', 'urls.txt'], { cwd });
  await until(() => site.inProgress >= 5, 'five requests');
  cli.child.kill('SIGINT');
  const { code, stdout, stderr } = await cli.result;
  assert.equal(code, 130, stderr);
  const done = site.hits.length;
  assert.ok(done < 20, `${done} were fetched after the stop`);
  assert.match(stdout, new RegExp(`^Total: ${done} URLs, ${done} success, 0 failed$`, 'm'));
  assert.match(stderr, new RegExp(`stopped: ${done} URLs done, ${51 - done} left; to continue: trawl --continue `));
  const [run] = (await readdir(join(cwd, '.trawl/runs'))) as [string];
  assert.equal((await runCli(['report', run], { cwd })).stdout, stdout);
});

test('a second signal ends the crawl at once', async (t) => {
  const { site, cwd } = await start(t);
  const cli = startCli([`${site.origin}/delay/600`], { cwd });
  await until(() => site.inProgress >= 1, 'a request');
  cli.child.kill('SIGTERM');
  await cli.said('send a signal again to force quit');
  cli.child.kill('SIGTERM');
  assert.equal((await cli.result).code, 143);
});

test('a stop does not wait for a source that never ends', async (t) => {
  const { site, cwd } = await start(t);
  const cli = startCli(['-f', 'ndjson', '-'], { cwd });
  cli.child.stdin?.write(`${site.origin}/get\n`);
  await cli.said('"status":200');
  cli.child.kill('SIGTERM');
  const { code, stderr } = await cli.result;
  assert.equal(code, 143);
  assert.match(
    stderr,
    /stopped before all URLs were read: 1 URL done; to continue with the same list: trawl --continue [^ ]+ FILE; to see the results so far: trawl report /,
  );
});

test('closing the output early ends the crawl: exit 4, with how to continue', async (t) => {
  const { site, cwd, list } = await start(t);
  await list([`${site.origin}/get`, ...Array.from({ length: 3_000 }, (_, n) => `${site.origin}/bytes/1?n=${n}`)]);
  const cli = startCli(['-c', '2', '-f', 'ndjson', 'urls.txt'], { cwd });
  await cli.said('"status":200');
  cli.child.stdout?.destroy();
  const { code, stderr } = await cli.result;
  assert.equal(code, 4, stderr);
  assert.match(stderr, /^trawl: stopped.*: \d+ URLs? done, .* left.*; to continue: trawl --continue /);
  assert.ok(site.hits.length < 3_001, 'it continued to the end without a reader');
});

test('a list that turns out not to be text halfway is reported: exit 3', async (t) => {
  const { site, cwd } = await start(t);
  const line = (n: number) => `${site.origin}/get?n=${n}\n`;
  const many = Array.from({ length: 30_000 }, (_, n) => `# ${n} ${'x'.repeat(60)}\n`).join('');
  await writeFile(join(cwd, 'torn.txt'), `${line(1)}${many}${line(2)}\0`);
  const { code, stderr } = await runCli(['torn.txt'], { cwd });
  assert.equal(code, 3);
  assert.match(stderr, /torn\.txt is not a text list/);
});

test('--run names the run; the name cannot be used twice', async (t) => {
  const { site, cwd } = await start(t);
  assert.equal((await runCli(['--run', 'mine', '--data-dir', 'runs', `${site.origin}/get`], { cwd })).code, 0);
  assert.deepEqual(await readdir(join(cwd, 'runs')), ['mine']);
  const again = await runCli(['--run', 'mine', '--data-dir', 'runs', `${site.origin}/get`], { cwd });
  assert.equal(again.code, 3);
  assert.match(again.stderr, /run mine already exists in runs\/mine/);
});

test('report prints a run again by its id, folder or file, without fetching', async (t) => {
  const { site, cwd } = await start(t);
  const first = await runCli(['--run', 'mine', `${site.origin}/get`], { cwd });
  await site.close();
  assert.equal(first.stderr, 'Run mine · trawl report latest\n');
  for (const what of ['mine', 'latest', '.trawl/runs/mine', '.trawl/runs/mine/outcomes.ndjson']) {
    assert.deepEqual(await runCli(['report', what], { cwd }), { ...first, stderr: '' }, what);
  }
  const log = await readFile(join(cwd, '.trawl/runs/mine/outcomes.ndjson'), 'utf8');
  await writeFile(join(cwd, 'alone.ndjson'), log);
  assert.deepEqual(await runCli(['report', 'alone.ndjson'], { cwd }), { ...first, stderr: '' });
  assert.equal((await runCli(['report', '-f', 'ndjson', 'mine'], { cwd })).stdout, log);
});

test('REDIS_URL does not switch the engine of crawl, in the environment or in .env', async (t) => {
  const { site, cwd } = await start(t);
  await writeFile(join(cwd, '.env'), 'REDIS_URL=redis://127.0.0.1:1\n');
  const { code } = await runCli([`${site.origin}/get`], { cwd, env: { REDIS_URL: 'redis://127.0.0.1:1' } });
  assert.equal(code, 0);
});

test('a header is sent, and its secret is taken from .env', async (t) => {
  const { cwd } = await start(t);
  const seen: unknown[] = [];
  const site = await startSite((request, response) => {
    seen.push([request.headers.authorization, request.headers['x-plain'], request.headers['user-agent']]);
    response.end();
  });
  t.after(() => site.close());
  await writeFile(join(cwd, '.env'), 'API_TOKEN=Bearer s3cret\n');
  const args = ['-H', 'Authorization: env:API_TOKEN', '-H', 'X-Plain: yes', '--user-agent', 'me/1', `${site.origin}/`];
  assert.equal((await runCli(args, { cwd })).code, 0);
  assert.deepEqual(seen, [['Bearer s3cret', 'yes', 'me/1']]);
});

test('a report overwrites neither the outcomes it is made from nor the list on stdin', async (t) => {
  const { site, cwd, list } = await start(t);
  assert.equal((await runCli(['--run', 'mine', `${site.origin}/get`], { cwd })).code, 0);
  const outcomes = join('.trawl', 'runs', 'mine', 'outcomes.ndjson');
  const { code, stderr } = await runCli(['report', 'mine', '-o', outcomes], { cwd });
  assert.match(stderr, /that is the file it is made from/);
  assert.equal(code, 3);
  await list([`${site.origin}/get`]);
  const piped = await inShell('"$@" - -o urls.txt < urls.txt', cwd);
  assert.match(piped.stderr, /that is the file it is made from/);
  assert.equal(piped.code, 3);
  assert.notEqual(await readFile(join(cwd, 'urls.txt'), 'utf8'), '');
});

for (const args of ['-f ndjson', '-f table', '--help']) {
  test(`an unwritable stdout is exit 1 with an error message: trawl crawl ${args}`, { skip: !existsSync('/dev/full') }, async (t) => {
    const { site, cwd, list } = await start(t);
    await list([`${site.origin}/get`]);
    const { code, stderr } = await inShell(`"$@" crawl ${args} urls.txt > /dev/full`, cwd);
    assert.match(stderr, /^trawl: .*ENOSPC/m);
    assert.doesNotMatch(stderr, /internal error|\n {4}at /);
    assert.equal(code, 1);
  });
}

test('a full disk leaves what was written reportable, and the advice names only report and --continue', async (t) => {
  const { site, cwd, list } = await start(t);
  await list(Array.from({ length: 3_000 }, (_, n) => `${site.origin}/bytes/1?n=${n}`));
  // A limit on file sizes fails a write as a full disk does.
  const { code, stderr } = await inShell('ulimit -f 1000; "$@" --run mine urls.txt', cwd);
  assert.match(
    stderr,
    /^trawl: cannot write in \.trawl\/runs\/mine: the file is larger .*; trawl report mine shows the rows written so far, and trawl --continue mine continues the run$/m,
  );
  assert.doesNotMatch(stderr, /collect/);
  assert.equal(code, 1);
  assert.match((await runCli(['report', 'mine'], { cwd })).stdout, /^Total: \d+ URLs/m);
});

test('credentials in URLs are used, and appear neither in reports nor in the run folder', async (t) => {
  const { cwd, list } = await start(t);
  const seen: unknown[] = [];
  const site = await startSite((request, response) => {
    seen.push(request.headers.authorization);
    response.end();
  });
  t.after(() => site.close());
  const host = site.origin.slice('http://'.length);
  const invalid = [
    'ftp://user:s3cret@h/x',
    'http://user:s3cret@127.0.0.1:99999/',
    'user:s3cret@example.com/',
    'http://user:s3#cret@127.0.0.1/',
  ];
  await list([`http://user:s3cret@${host}/a`, `http:///user:s3cret@${host}/b`, ...invalid]);
  const { stdout, stderr } = await runCli(
    ['--run', 'mine', '-v', '-f', 'json', '-o', 'r.json', '-f', 'csv', '-o', 'r.csv', '-f', 'table', 'urls.txt'],
    {
      cwd,
    },
  );
  assert.match(stdout, /^Total: 6 URLs, 2 success, 4 failed$/m);
  assert.deepEqual(seen, Array(2).fill(`Basic ${btoa('user:s3cret')}`));
  const written = ['r.json', 'r.csv', '.trawl/runs/mine/outcomes.ndjson', '.trawl/runs/mine/run.json'];
  const files = await Promise.all(written.map((file) => readFile(join(cwd, file), 'utf8')));
  for (const text of [stdout, stderr, ...files]) assert.doesNotMatch(text, /s3|cret@/);
});
