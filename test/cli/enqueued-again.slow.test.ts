import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startDeployment } from '../helpers/deployment.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { until } from '../helpers/until.ts';

const URLS = 200;
const SAVED = 40;

test('after Redis lost an enqueued run, following the advice resumes it: rows are kept, only the rest is fetched', async (t) => {
  const deployment = await startDeployment(t, { TRAWL_REDIS_URL: await testRedis() });
  const { site, cwd, env, run, start } = deployment;
  const list = Array.from({ length: URLS }, (_, n) => `${site.origin}/${n}\n`);
  await writeFile(join(cwd, 'list.txt'), list.join(''));
  // The part fetched before Redis was lost. The run is open, so that it cannot end early.
  await writeFile(join(cwd, 'first-part.txt'), list.slice(0, SAVED).join(''));
  await run('enqueue', '--open', '--run', 'lost', 'first-part.txt');
  const processes = [start('worker'), start('collect')];
  const savedRows = async () => {
    const text = await readFile(join(cwd, '.trawl/runs/lost/checkpoint.json'), 'utf8').catch(() => '{"rows":0}');
    return (JSON.parse(text) as { rows: number }).rows;
  };
  await until(async () => (await savedRows()) === SAVED, 'rows on disk');
  for (const { child } of processes) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }

  // Simulates a Redis without the run, using a deployment with another name.
  env.TRAWL_PREFIX = `${env.TRAWL_PREFIX}-empty`;
  const advice = /enqueue the same list with the same options again: trawl enqueue --run lost SOURCE/;
  for (const args of [
    ['collect', 'lost'],
    ['--continue', 'lost'],
  ]) {
    const { code, stderr } = await run(...args);
    assert.equal(code, 3);
    assert.match(stderr, advice);
  }

  assert.equal((await run('enqueue', '--run', 'lost', 'list.txt')).code, 0);
  const refused = await run('collect', 'lost');
  assert.equal(refused.code, 3, refused.stderr);
  assert.match(refused.stderr, new RegExp(`already holds ${SAVED} rows of run lost, but the engine has 0: .*repeat trawl collect lost`));
  const collecting = start('collect', 'lost');
  await collecting.said(`the ${SAVED} rows in`);
  start('worker');
  const { code, stderr } = await collecting.result;
  assert.equal(code, 0, stderr);
  await deployment.assertWhole('lost', URLS);
  for (let n = 0; n < SAVED; n++) assert.equal(site.countOf(`/${n}`), 1, `/${n} has a row and is not fetched again`);

  const ended = await run('rm', 'lost').then(() => run('collect', 'lost'));
  assert.equal(ended.code, 3);
  assert.match(ended.stderr, /it has ended, and .* holds its results: trawl report lost/);
});
