import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openRedisEngine } from '../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../src/model/log.ts';
import { startDeployment } from '../helpers/deployment.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { until } from '../helpers/until.ts';

const URLS = 150;
const RUNS = 4;

test('two collectors share the runs of a folder; one takes over when the other is killed: one row for each URL', async (t) => {
  const url = await testRedis();
  const deployment = await startDeployment(t, { TRAWL_REDIS_URL: url }, 20);
  const { cwd, prefix } = deployment;
  const engine = await openRedisEngine({ url, prefix, patience: 'always' }, silentLog);
  t.after(() => engine.close());
  // Started before there are runs, so that no collector takes all of them.
  const names = ['first', 'second'] as const;
  const collectors = names.map((name) => ({ name, cli: deployment.start('collect', '-v'), output: '' }));
  for (const collector of collectors) {
    collector.cli.child.stderr?.on('data', (text: string) => {
      collector.output += text;
    });
  }
  deployment.start('collect', '--data-dir', 'other-disk');
  const alive = async () => (await engine.facts()).collectors.length;
  await until(async () => (await alive()) === 3, 'three collectors');

  const runs = await Promise.all(Array.from({ length: RUNS }, () => deployment.enqueue(URLS)));
  await deployment.start('worker', '-c', '8').said('worker started');
  const takenBy = (run: string) => collectors.find(({ output }) => output.includes(`collecting run ${run} into`));
  const rowsOf = async (run: string) =>
    (await readFile(join(cwd, '.trawl/runs', run, 'outcomes.ndjson'), 'utf8').catch(() => '')).split('\n').length - 1;
  const isUnderWay = async (run: string) => takenBy(run) !== undefined && (await rowsOf(run)) > 0;
  await until(async () => (await Promise.all(runs.map(isUnderWay))).includes(true), 'a run in progress here');
  const [victimRun = ''] = (await Promise.all(runs.map(async (run) => ((await isUnderWay(run)) ? [run] : [])))).flat();
  const victim = takenBy(victimRun);
  const heir = collectors.find((it) => it !== victim);
  assert.ok(victim !== undefined && heir !== undefined);
  const shared = runs.filter((run) => takenBy(run) === victim);
  victim.cli.child.kill('SIGKILL');
  const killedMs = performance.now();
  await until(() => heir.output.includes(`collecting run ${victimRun} into`), 'the other one to take over');
  t.diagnostic(`taken over after ${Math.round(performance.now() - killedMs)} ms; the killed one had ${shared.length} of ${RUNS} runs`);

  const ended = (run: string, output: string) => output.includes(`run ${run} has ended: ${URLS} rows`);
  for (const run of runs) {
    await until(() => collectors.some(({ output }) => ended(run, output)) || rowsAre(join(cwd, 'other-disk', run)), `the end of ${run}`);
    if (shared.includes(run)) await deployment.assertWhole(run, URLS);
  }
  await until(async () => (await alive()) === 2, 'two collectors');
});

/** True when the log of the folder has all rows. */
async function rowsAre(folder: string): Promise<boolean> {
  const summary = await readFile(join(folder, 'run.json'), 'utf8').catch(() => '{}');
  const { state, books } = JSON.parse(summary) as { state?: string; books?: { rows: number; balanced: boolean } };
  return state === 'ended' && books?.rows === URLS && books.balanced;
}
