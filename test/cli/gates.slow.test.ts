import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startSite } from '../helpers/site.ts';
import { runCli, scratchFolder } from './run-cli.ts';

test('gates decide the exit code of crawl, report and diff', async (t) => {
  const cwd = await scratchFolder(t);
  let broken = ['/2'];
  const site = await startSite((request, response) => {
    response.writeHead(broken.includes(request.url ?? '') ? 404 : 200);
    response.end('x');
  });
  t.after(() => site.close());
  await writeFile(join(cwd, 'urls.txt'), [1, 2, 3, 4].map((n) => `${site.origin}/${n}`).join('\n'));
  const crawl = (...args: string[]) => runCli(['urls.txt', '-o', 'r.txt', ...args], { cwd });

  assert.equal((await crawl('--run', 'monday')).code, 2);
  assert.equal((await crawl('--fail-on', 'timeout,dns')).code, 0);
  assert.equal((await crawl('--max-failures', '25%')).code, 0);
  broken = ['/3', '/4'];
  const second = await crawl('--run', 'tuesday', '--baseline', 'monday', '--max-failures', '1');
  assert.equal(second.code, 2);
  assert.match(second.stderr, /2 new failures; --max-failures allows 1/);
  assert.match(second.stderr, /1 URL fixed since the baseline/);
  assert.match(await readFile(join(cwd, 'r.txt'), 'utf8'), /\/2 +200 .+ fixed\n[\s\S]*Baseline: 0 known failures, 2 new, 1 fixed\n/);
  const streamed = await runCli(['urls.txt', '-f', 'ndjson', '--baseline', 'tuesday'], { cwd });
  assert.equal(streamed.code, 0);
  const marks = streamed.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).baseline as string | undefined);
  assert.deepEqual(marks.sort(), ['known', 'known', undefined, undefined]);

  assert.equal((await runCli(['report', 'tuesday', '-o', 'r.txt'], { cwd })).code, 0, 'a report is no judge unless it is asked');
  assert.equal((await runCli(['report', 'tuesday', '-o', 'r.txt', '--fail-on', 'failed'], { cwd })).code, 2);
  await writeFile(join(cwd, 'ignored.txt'), `${site.origin}/3\n${site.origin}/4*\n`);
  assert.equal((await runCli(['report', 'tuesday', '-o', 'r.txt', '--ignore', 'ignored.txt'], { cwd })).code, 0);
  const slow = await runCli(
    ['report', 'tuesday', '-o', 'r.txt', '--fail-on', 'none', '--max-latency', 'max=1ms', '--max-latency', 'p50=1m'],
    { cwd },
  );
  assert.equal(slow.code === 2, slow.stderr.includes('latency max is'));

  const diff = await runCli(['diff', 'monday', 'tuesday'], { cwd });
  assert.equal(diff.code, 2);
  assert.match(diff.stdout, /Newly failing \(2\):\n {2}200 -> 404 +http:\/\/127.0.0.1:\d+\/3\n/);
  assert.equal((await runCli(['diff', 'tuesday', 'tuesday'], { cwd })).code, 0);
  assert.match((await runCli(['plan', 'urls.txt'], { cwd })).stdout, /4 lines: 4 URLs of 1 origin, 0 duplicates/);
});

test('a missing baseline or ignore file is reported before anything is fetched', async (t) => {
  const cwd = await scratchFolder(t);
  await writeFile(join(cwd, 'urls.txt'), 'http://127.0.0.1:9/');
  for (const [flag, told] of [
    ['--baseline', /no run nowhere in \.trawl\/runs, and no such file/],
    ['--ignore', /cannot read the ignore file nowhere/],
  ] as const) {
    const { code, stderr, stdout } = await runCli(['urls.txt', flag, 'nowhere'], { cwd });
    assert.deepEqual([code, stdout], [3, '']);
    assert.match(stderr, told);
  }
});

test('latency figures match the rows, and a gate detects the one slow row of twelve', async (t) => {
  const cwd = await scratchFolder(t);
  const site = await startSite((request, response) => setTimeout(() => response.end('x'), request.url === '/slow' ? 400 : 0));
  t.after(() => site.close());
  await writeFile(join(cwd, 'urls.txt'), ['slow', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((path) => `${site.origin}/${path}`).join('\n'));
  const { code, stderr } = await runCli(
    ['urls.txt', '-o', 'rows.ndjson', '-o', 'report.json', '--max-latency', 'p95=390ms', '--fail-on', 'none'],
    { cwd },
  );
  assert.equal(code, 2);
  assert.match(stderr, /latency p95 is/);
  const rows = (await readFile(join(cwd, 'rows.ndjson'), 'utf8')).trimEnd().split('\n');
  const sorted = rows.map((row) => JSON.parse(row).latencyMs as number).sort((a, b) => a - b);
  const report = JSON.parse(await readFile(join(cwd, 'report.json'), 'utf8'));
  assert.deepEqual(report.figures?.latencyMs ?? report.totals?.latencyMs ?? report.latencyMs, {
    p50: sorted[5],
    p90: sorted[10],
    p99: sorted[11],
    max: sorted[11],
  });
});
