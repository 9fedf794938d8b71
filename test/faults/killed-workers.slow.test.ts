import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type RunningCli, scratchFolder, startCli } from '../cli/run-cli.ts';
import { until } from '../contracts/crew.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { startSite } from '../helpers/site.ts';

const KILLS = 4;
const URLS = 2_000;

test('killing workers during visits loses and repeats nothing', async (t) => {
  const cwd = await scratchFolder(t);
  const site = await startSite();
  t.after(() => site.close());
  const env = {
    TRAWL_REDIS_URL: await testRedis(),
    TRAWL_PREFIX: `killed-${randomUUID()}`,
    TRAWL_LOCK: '1s',
    TRAWL_STALLED_CHECK: '300ms',
  };
  const urls = Array.from({ length: URLS }, (_, index) => `${site.origin}/get?page=${index}`);
  await writeFile(join(cwd, 'urls.txt'), urls.join('\n'));

  const workers: RunningCli[] = [];
  const startWorker = () => workers.push(startCli(['worker', '-c', '5'], { cwd, env }));
  t.after(() => {
    for (const { child } of workers) child.kill('SIGKILL');
  });
  startWorker();
  startWorker();
  const crawl = startCli(['crawl', '--no-work', '--run', 'killed', 'urls.txt', '-f', 'json', '-o', 'report.json'], { cwd, env });
  for (let kill = 1; kill <= KILLS; kill++) {
    const [victim] = workers.slice(-2) as [RunningCli];
    startWorker();
    await workers.at(-1)?.said('worker started');
    // At work: somewhere between a checkout and its settle.
    const hits = Math.floor((kill * URLS) / (KILLS + 4));
    await until(() => site.hits.length >= hits, `${hits} hits`);
    victim.child.kill('SIGKILL');
  }
  const { code, stderr } = await crawl.result;
  assert.equal(code, 0, stderr);
  const rows = (await readFile(join(cwd, '.trawl/runs/killed/outcomes.ndjson'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(rows.length, URLS, 'no row twice, none missing');
  assert.deepEqual(rows.map(({ url }) => url).sort(), [...urls].sort());
  const report = JSON.parse(await readFile(join(cwd, 'report.json'), 'utf8'));
  assert.deepEqual([report.state, report.books.balanced], ['ended', true]);
  // Each kill repeats at most what its worker had in flight: 50 entries for each of its 5 slots.
  const again = site.hits.length - URLS;
  assert.ok(again <= KILLS * 5 * 50, `${again} second fetches`);
  t.diagnostic(`${KILLS} kills, ${again} second fetches`);
});
