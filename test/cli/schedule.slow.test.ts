import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { testRedis } from '../helpers/redis-server.ts';
import { type SiteOptions, startSite } from '../helpers/site.ts';
import { until } from '../helpers/until.ts';
import { runCli, scratchFolder, startCli } from './run-cli.ts';

/** A deployment without processes on the tests' Redis, and a site. */
async function start(t: TestContext, handler?: SiteOptions['handler']) {
  const site = await startSite(handler === undefined ? {} : { handler });
  t.after(() => site.close());
  const cwd = await scratchFolder(t);
  const env = { TRAWL_REDIS_URL: await testRedis(), TRAWL_PREFIX: `test-${randomUUID()}`, TRAWL_LOCK: '1s', TRAWL_STALLED_CHECK: '500ms' };
  const succeed = async (args: string[]) => {
    const result = await runCli(args, { cwd, env });
    assert.equal(result.code, 0, `trawl ${args.join(' ')}: ${result.stderr}`);
    return result;
  };
  const startProcess = (...args: string[]) => {
    const cli = startCli(args, { cwd, env });
    t.after(() => cli.child.kill('SIGKILL'));
    return cli;
  };
  const status = async (): Promise<Array<{ run: string; state: string; settled: number }>> =>
    JSON.parse((await succeed(['status', '-f', 'json'])).stdout).runs;
  const endedRuns = async (): Promise<string[]> => {
    const names = await readdir(join(cwd, '.trawl/runs')).catch(() => []);
    const runs = await Promise.all(
      names.map(async (run) => ({ run, text: await readFile(join(cwd, '.trawl/runs', run, 'run.json'), 'utf8').catch(() => '') })),
    );
    return runs.flatMap(({ run, text }) => (text.includes('"state": "ended"') ? [run] : [])).sort();
  };
  const runFile = async (run: string) => JSON.parse(await readFile(join(cwd, '.trawl/runs', run, 'run.json'), 'utf8'));
  return { site, cwd, env, succeed, startProcess, status, endedRuns, runFile };
}

test('workers start one run every second; each knows the previous one, which can be its baseline', async (t) => {
  const { site, cwd, env, succeed, startProcess, endedRuns, runFile } = await start(t);
  await writeFile(join(cwd, 'list.txt'), `${site.origin}/get?n=1\n${site.origin}/status/404\n`);
  const added = await succeed(['schedule', 'add', 'often', '--cron', '* * * * * *', '--', '--timeout', '9s', 'list.txt']);
  assert.match(added.stderr, /schedule often was added; its next run is due at .* UTC/);
  const processes = [startProcess('worker'), startProcess('worker', '--processes', '2', '-c', '4'), startProcess('collect')];
  await until(async () => (await endedRuns()).length >= 3, 'three runs to be collected');
  const removed = await succeed(['schedule', 'rm', 'often']);
  assert.match(removed.stderr, /its runs are kept/);
  assert.equal((await succeed(['schedule', 'list'])).stdout, 'No schedules.\n');
  for (const { child } of processes) child.kill('SIGTERM');
  await Promise.all(processes.map(({ result }) => result));

  const [first = '', second = '', third = ''] = await endedRuns();
  for (const run of [first, second, third]) {
    assert.match(run, /^often-\d{8}-\d{6}$/);
    const { schedule, books, options } = await runFile(run);
    assert.deepEqual([schedule, books.rows, books.failed, books.balanced, options.timeoutMs], ['often', 2, 1, true, 9_000]);
  }
  assert.deepEqual([(await runFile(first)).previous, (await runFile(third)).previous], [undefined, second]);
  const json = JSON.parse((await succeed(['report', third, '-f', 'json'])).stdout);
  assert.deepEqual([json.schedule, json.previous], ['often', second]);
  assert.equal(
    JSON.parse((await succeed(['runs', '-f', 'json'])).stdout).runs.find(({ run }: { run: string }) => run === third).previous,
    second,
  );

  await succeed(['report', third, '--baseline', 'previous']);
  const withoutPrevious = await runCli(['report', first, '--baseline', 'previous'], { cwd, env });
  assert.equal(withoutPrevious.code, 2);
  assert.match(withoutPrevious.stderr, /--baseline previous: .* has no run before this one/);
});

test('a run that is still in progress is not started again', async (t) => {
  let isStuck = true;
  const { site, succeed, startProcess, status } = await start(t, (_, response) => {
    if (!isStuck) response.end('a page');
  });
  await succeed(['schedule', 'add', 'slow', '--cron', '* * * * * *', '--', '--retries', '0', `${site.origin}/stuck`]);
  const worker = startProcess('worker', '--drain', '0');
  await worker.said('is still going');
  assert.equal((await status()).length, 1);
  const { schedules } = JSON.parse((await succeed(['schedule', 'list', '-f', 'json'])).stdout);
  assert.match(schedules[0].note, /^skipped at .*: run slow-\d{8}-\d{6} was still going$/);
  assert.deepEqual(schedules[0].sources, [`${site.origin}/stuck`]);
  assert.match((await succeed(['schedule', 'list'])).stdout, /^Name {2}Cron .*\nslow {2}\* \* \* \* \* \* {2}UTC .*\n\nslow: skipped at /);
  const [{ run } = { run: '' }] = await status();
  isStuck = false;
  await succeed(['cancel', run]);
  worker.child.kill('SIGTERM');
  await worker.result;
});

test('a run start is taken over after its worker is killed; times missed while no worker was up become one run', async (t) => {
  let isStuck = true;
  let site: Awaited<ReturnType<typeof startSite>> | undefined;
  const deployment = await start(t, (request, response) => {
    if (request.url !== '/list.txt') response.end('a page');
    else if (!isStuck) response.end(`${site?.origin}/a\n${site?.origin}/b\n`);
  });
  const { succeed, startProcess, status } = deployment;
  ({ site } = deployment);
  await succeed(['schedule', 'add', 'yearly', '--cron', '0 0 1 1 *', '--', '--list', `${site.origin}/list.txt`]);
  await succeed(['schedule', 'run', 'yearly']);
  assert.deepEqual(await status(), [], 'no worker is up');
  const first = startProcess('worker');
  await until(() => (site?.countOf('/list.txt') ?? 0) > 0, 'the list to be asked for');
  first.child.kill('SIGKILL');
  await first.result;
  isStuck = false;
  const second = startProcess('worker');
  await until(async () => (await status()).some(({ state, settled }) => state === 'ended' && settled === 2), 'the run to end');
  const runs = await status();
  assert.equal(runs.length, 1);
  assert.match(runs[0]?.run ?? '', /^yearly-\d{8}-\d{6}-now$/);
  second.child.kill('SIGTERM');
  assert.equal((await second.result).code, 143);
});

test('mistakes are reported when the schedule is added', async (t) => {
  const { cwd, env } = await start(t);
  for (const [args, said] of [
    [['schedule'], /missing required argument|say what to do/],
    [['schedule', 'show'], /schedule cannot show: add, list, rm or run/],
    [['schedule', 'add', 'x', 'https://a.example/'], /--cron is missing/],
    [['schedule', 'add', '1', '--cron', '* * * * *', 'https://a.example/'], /1 cannot name a schedule/],
    [['schedule', 'add', 'x', '--cron', 'daily', 'https://a.example/'], /--cron "daily"/],
    [['schedule', 'add', 'x', '--cron', '* * * * *', '--timezone', 'Mars', 'https://a.example/'], /"Mars" is not a time zone/],
    [['schedule', 'add', 'x', '--cron', '* * * * *', '--', '--map', 'm.mjs', 'https://a.example/'], /cannot name modules/],
    [['schedule', 'rm', 'x'], /there is no schedule x/],
    [['schedule', 'run', 'x'], /there is no schedule x/],
    [['schedule', 'rm'], /which schedule\?/],
  ] as const) {
    const { code, stderr } = await runCli(args, { cwd, env });
    assert.equal(code, 3, `${args.join(' ')}: ${stderr}`);
    assert.match(stderr, said);
  }
});

test('crawl --baseline previous uses the last run with the same sources', async (t) => {
  const { site, cwd } = await start(t);
  await writeFile(join(cwd, 'urls.txt'), `${site.origin}/status/404\n`);
  await writeFile(join(cwd, 'other.txt'), `${site.origin}/get\n`);
  const crawl = (run: string, list: string) => runCli(['--run', run, '--baseline', 'previous', list], { cwd });
  const first = await crawl('first', 'urls.txt');
  assert.deepEqual([first.code, /has no run before this one/.test(first.stderr)], [2, true]);
  assert.equal((await crawl('other', 'other.txt')).code, 0);
  const second = await crawl('second', 'urls.txt');
  assert.equal(second.code, 0, second.stderr);
  const again = await runCli(['report', 'second', '--baseline', 'previous'], { cwd });
  assert.equal(again.code, 0, again.stderr);
  assert.equal((await runCli(['report', 'first', '--baseline', 'previous'], { cwd })).code, 2);
});
