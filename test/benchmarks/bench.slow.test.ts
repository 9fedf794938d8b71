import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chart } from '../../benchmarks/chart.ts';
import type { Results } from '../../benchmarks/results.ts';
import { TYPESCRIPT_FLAGS } from '../helpers/typescript-flags.ts';
import { DEADLINE_MS } from '../helpers/until.ts';

const BENCH = fileURLToPath(new URL('../../benchmarks/bench.ts', import.meta.url));
const BUILT = process.env.TRAWL_TEST_CLI;

test('the benchmark has every contender fetch every list, and prints the figures as JSON and as a chart', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'trawl-smoke-'));
  t.after(() => rm(folder, { recursive: true }));
  const json = join(folder, 'results.json');
  const args = [...TYPESCRIPT_FLAGS, BENCH, '--smoke', '--json', json, ...(BUILT === undefined ? [] : ['--trawl', BUILT])];
  await promisify(execFile)(process.execPath, args, { timeout: DEADLINE_MS });

  const results: Results = JSON.parse(await readFile(json, 'utf8'));
  assert.deepEqual(
    results.cases.map(({ name }) => name),
    ['deep', 'dns', 'tls-new', 'site'],
  );
  for (const { name, contenders } of results.cases) {
    const names = contenders.map((contender) => contender.name);
    assert.deepEqual(names.slice(0, 2), ['Trawl', 'Trawl with Redis'], name);
    for (const { seconds, urlsPerSecond, cpuUsPerUrl } of contenders) {
      assert.ok(seconds > 0 && urlsPerSecond > 0 && cpuUsPerUrl >= 0, `${name}: ${JSON.stringify(contenders)}`);
    }
  }
  const svg = chart(results);
  for (const { title } of results.cases) assert.ok(svg.includes(`>${title}</text>`), title);
});
