import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Outcome } from '../../src/model/outcome.ts';
import { runCli, scratchFolder } from '../cli/run-cli.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { startSite } from '../helpers/site.ts';

const FAIL_FORKS = new URL('fail-forks.mjs', import.meta.url).href;

const CASES = [
  ['memory', 'throw', /no process can be started for it: spawn ENOMEM; its URLs wait until it can be used, at most 60 s/],
  ['memory', 'error', /no process can be started for it: spawn \/nowhere\/node ENOENT; its URLs wait/],
  ['redis', 'throw', /no process can be started for it: spawn ENOMEM; its URLs wait for a worker that has it/],
  ['redis', 'die', /no process can be started for it: it exited with code 1; its URLs wait/],
] as const;

for (const [engine, how, message] of CASES) {
  test(`${engine}: pages wait while a map process cannot be started (${how}), and no URL fails`, async (t) => {
    const site = await startSite();
    t.after(() => site.close());
    const cwd = await scratchFolder(t);
    const urls = Array.from({ length: 40 }, (_, n) => `${site.origin}/get?n=${n}`);
    await writeFile(join(cwd, 'urls.txt'), urls.join('\n'));
    await writeFile(join(cwd, 'x.mjs'), `export const map = ({ url }) => new URL(url).search;`);
    const redis = engine === 'redis' ? { TRAWL_REDIS_URL: await testRedis(), TRAWL_PREFIX: `test-${randomUUID()}` } : {};
    // The check before the crawl fails, and the worker's first start.
    const env = { ...redis, NODE_OPTIONS: `--import=${FAIL_FORKS}`, FAIL_FORKS: '2', FAIL_FORKS_HOW: how };
    const { code, stdout, stderr } = await runCli(['--map', 'x.mjs', '-f', 'ndjson', 'urls.txt'], { cwd, env });
    assert.equal(code, 0, stderr);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Outcome);
    assert.deepEqual(rows.map(({ data }) => data?.[0]).sort(), urls.map((url) => new URL(url).search).sort());
    assert.deepEqual([...new Set(rows.map(({ attempts }) => attempts))], [1]);
    assert.equal(site.hits.length, urls.length, 'nothing was fetched while it could not be mapped');
    assert.match(stderr, message);
    assert.equal(stderr.split('cannot be used').length, 2, `said once:\n${stderr}`);
  });
}
