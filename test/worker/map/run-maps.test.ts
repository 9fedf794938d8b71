import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createMemoryEngine } from '../../../src/engine/memory/memory-engine.ts';
import { runWorker } from '../../../src/worker/work.ts';
import { scratchFolder } from '../../cli/run-cli.ts';
import { batchOf, collectAll, runOptions } from '../../contracts/crew.ts';
import { startSite } from '../../helpers/site.ts';

test('a worker without others waits for a module that it cannot use, and then gives each URL a row with the reason', {
  timeout: 60_000,
}, async (t) => {
  const site = await startSite();
  t.after(() => site.close());
  const map = join(await scratchFolder(t), 'gone.mjs');
  const engine = createMemoryEngine();
  const run = await engine.openRun(runOptions({ map }));
  await engine.submit(run, batchOf(0, [`${site.origin}/get?n=1`, `${site.origin}/get?n=2`, `${site.origin}/status/404`]));
  await engine.seal(run, 1);
  const logged: string[] = [];
  const record = (_: object, message: string) => logged.push(message);
  const log = { error: record, warn: record, info: record, debug: record };
  const stop = new AbortController();
  const worker = { concurrency: 5, drainMs: 0, worker: 'w', alone: true, env: {}, mapPatienceMs: 500 };
  const working = runWorker(engine, worker, log, stop.signal);
  const { outcomes } = await collectAll(engine, run);
  stop.abort();
  await working;
  await engine.close();
  const rows = outcomes.map(({ url, verdict, status, attempts, error }) => [new URL(url).pathname, verdict, status, attempts, error?.code]);
  assert.deepEqual(rows.sort(), [
    ['/get', 'map-failed', 200, 1, 'MAP_NOT_STARTED'],
    ['/get', 'map-failed', 200, 1, 'MAP_NOT_STARTED'],
    ['/status/404', 'broken', 404, 1, undefined],
  ]);
  assert.match(outcomes.find(({ ok, status }) => !ok && status === 200)?.error?.message ?? '', /there is no map module .*gone\.mjs/);
  assert.match(logged[0] ?? '', /there is no map module .*its URLs wait until it can be used/);
});
