import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { watchServices } from '../../src/cli/watch-runs.ts';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { startSite } from '../helpers/site.ts';
import { scaledMs } from '../helpers/until.ts';
import { scratchFolder } from './run-cli.ts';
import { watchContext } from './watch-context.ts';

test('when a run reaches its limit another one follows, and no round or state is lost', async (t) => {
  const site = await startSite();
  t.after(() => site.close());
  const dataDir = await scratchFolder(t);
  const flags = [
    // The interval is long enough that each round ends before the next one is due; otherwise checks would be skipped.
    { key: 'everyMs', text: `${scaledMs(600)}ms` },
    { key: 'times', text: '5' },
    { key: 'dataDir', text: dataDir },
  ] as const;
  const stdout = new PassThrough();
  const told: string[] = [];
  const context = watchContext(flags, { stdout, tell: (message) => told.push(message) });
  const service = { url: `${site.origin}/get`, shownUrl: `${site.origin}/get` };
  const engine = createMemoryEngine();
  // Two services, so that each run has two rounds.
  const code = await watchServices(context, engine, [service, service], { ms: 3_600_000, checks: 4 });
  assert.deepEqual(await engine.runs(), [], 'the engine keeps none of them');
  await engine.close();
  stdout.end();
  const changes = (await text(stdout)).match(/Z {2}\w+/g);
  assert.deepEqual([code, changes], [0, ['Z  up', 'Z  up']]);
  assert.equal(site.hits.length, 10);

  const runs = (await readdir(dataDir)).filter((name) => name !== '.gitignore').sort();
  assert.equal(told.filter((message) => message.startsWith('the watch continues in run ')).length, 2);
  const rounds = await Promise.all(
    runs.map(async (run) => {
      const rows = (await readFile(`${dataDir}/${run}/outcomes.ndjson`, 'utf8')).trimEnd().split('\n');
      const { state } = JSON.parse(await readFile(`${dataDir}/${run}/run.json`, 'utf8'));
      return [state, ...new Set(rows.map((row) => JSON.parse(row).meta.round))];
    }),
  );
  assert.deepEqual(rounds.map(String).sort(), ['ended,1,2', 'ended,3,4', 'ended,5']);
});
