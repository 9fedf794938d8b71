import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type RunningCli, runCli, scratchFolder, startCli } from '../cli/run-cli.ts';
import { type Site, startSite } from './site.ts';

/** The processes of a deployment on a Redis, and a site for them to fetch. */
export interface Deployment {
  site: Site;
  cwd: string;
  /** The prefix of its keys. No other deployment on that Redis uses it. */
  prefix: string;
  /** The environment of commands that are started from now on. */
  env: Record<string, string>;
  run(...args: string[]): ReturnType<typeof runCli>;
  /** Starts a command, which is killed when the test ends. */
  start(...args: string[]): RunningCli;
  /** Enqueues a list of this many URLs of the site, and returns the run. */
  enqueue(urls: number): Promise<string>;
  /** Checks that the run's log has one row for each URL, all of them fetched. */
  assertWhole(run: string, urls: number): Promise<void>;
}

/** @param pageMs how long the site takes for a page */
export async function startDeployment(t: TestContext, given: Record<string, string>, pageMs = 10): Promise<Deployment> {
  const site = await startSite((_, response) => void setTimeout(() => response.end('ok'), pageMs));
  const cwd = await scratchFolder(t);
  const prefix = `test-${randomUUID().slice(0, 8)}`;
  const env: Record<string, string> = { TRAWL_PREFIX: prefix, TRAWL_LOCK: '2s', TRAWL_STALLED_CHECK: '500ms', ...given };
  const options = { cwd, env };
  const started: RunningCli[] = [];
  t.after(async () => {
    for (const { child } of started) child.kill('SIGKILL');
    await site.close();
  });
  const run = (...args: string[]) => runCli(args, options);
  return {
    site,
    cwd,
    prefix,
    env,
    run,
    start(...args) {
      const cli = startCli(args, options);
      started.push(cli);
      return cli;
    },
    async enqueue(urls) {
      const list = `${randomUUID()}.txt`;
      await writeFile(join(cwd, list), Array.from({ length: urls }, (_, n) => `${site.origin}/${n}\n`).join(''));
      const { code, stdout, stderr } = await run('enqueue', list);
      assert.equal(code, 0, stderr);
      return stdout.trim();
    },
    async assertWhole(id, urls) {
      const log = await readFile(join(cwd, '.trawl/runs', id, 'outcomes.ndjson'), 'utf8');
      const rows = log
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { url: string; verdict: string });
      assert.deepEqual([rows.length, new Set(rows.map(({ url }) => url)).size], [urls, urls]);
      assert.deepEqual(new Set(rows.map(({ verdict }) => verdict)), new Set(['ok']));
      const { summary } = JSON.parse(`{"summary":${await readFile(join(cwd, '.trawl/runs', id, 'run.json'), 'utf8')}}`);
      assert.deepEqual([summary.state, summary.books.balanced, summary.books.rows], ['ended', true, urls]);
    },
  };
}
