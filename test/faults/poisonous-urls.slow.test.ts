import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type RunningCli, scratchFolder, startCli } from '../cli/run-cli.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { startSite } from '../helpers/site.ts';
import { scaledMs } from '../helpers/until.ts';

const URLS = 200;
const POISONOUS = 2;

test('URLs that kill every worker that fetches them end as crashed, and no others do', async (t) => {
  const cwd = await scratchFolder(t);
  const site = await startSite();
  t.after(() => site.close());
  const env = {
    TRAWL_REDIS_URL: await testRedis(),
    TRAWL_PREFIX: `poison-${randomUUID()}`,
    // A starved worker must not lose its lock: its successor would die of the same fetch, which counts as one more death.
    TRAWL_LOCK: `${scaledMs(4_000)}ms`,
    TRAWL_STALLED_CHECK: '300ms',
    NODE_OPTIONS: `--import=${import.meta.resolve('./die-of-poison.mjs')}`,
  };
  const urls = Array.from({ length: URLS }, (_, index) => `${site.origin}/get?page=${index}`);
  const poisonous = Array.from({ length: POISONOUS }, (_, index) => `${site.origin}/poison/${index}`);
  poisonous.forEach((url, index) => {
    urls.splice(index * 50 + 7, 0, url);
  });
  await writeFile(join(cwd, 'urls.txt'), urls.join('\n'));

  const workers = new Set<RunningCli>();
  let deaths = 0;
  let over = false;
  const startWorker = () => {
    const worker = startCli(['worker', '-c', '5'], { cwd, env });
    workers.add(worker);
    void worker.result.then(() => {
      workers.delete(worker);
      if (over) return;
      deaths++;
      startWorker();
    });
  };
  t.after(() => {
    over = true;
    for (const { child } of workers) child.kill('SIGKILL');
  });
  startWorker();
  startWorker();
  const crawl = startCli(['crawl', '--no-work', '--run', 'poison', 'urls.txt', '-f', 'json', '-o', 'report.json'], { cwd, env });
  const { code, stderr } = await crawl.result;
  over = true;
  assert.equal(code, 2, stderr);
  const rows = (await readFile(join(cwd, '.trawl/runs/poison/outcomes.ndjson'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(rows.map(({ url }) => url).sort(), [...urls].sort(), 'each once');
  const crashed = rows.filter(({ verdict }) => verdict === 'crashed');
  assert.deepEqual(crashed.map(({ url }) => url).sort(), [...poisonous].sort());
  assert.equal(rows.filter(({ verdict }) => verdict === 'ok').length, URLS);
  for (const { error, ok } of crashed) assert.deepEqual([error.code, ok], ['WORKER_DIED', false]);
  // Each URL kills at most two workers while others are in flight, and three alone. On a machine that starves its processes, a worker can lose its lock
  // just before it requests the page. Then both it and its successor die, so each death may count twice.
  assert.ok(deaths <= POISONOUS * 5 * 2, `${deaths} deaths`);
  t.diagnostic(`${deaths} deaths, ${site.hits.length - URLS} second fetches`);
});
