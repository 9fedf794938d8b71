import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildCopy } from './build-copy.ts';
import { PLANTED, runPlanted } from './planted.ts';
import { runScenario } from './run-scenario.ts';
import { SCENARIOS } from './scenarios.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIMIT = { timeout: 120_000 };
const SEED = 7;

/** Short versions of what `npm run chaos` does at length. */
const SHORT = [
  { name: 'worker-kill-pinned', urls: 3_000, kills: 4 },
  { name: 'worker-stop', urls: 20_000, kills: 2 },
  { name: 'collector-kill-pinned', urls: 3_000, kills: 2 },
  { name: 'producer-kill', urls: 30_000, kills: 3 },
  { name: 'redis-kill', urls: 6_000, kills: 1 },
  { name: 'lost-replies', urls: 4_000, kills: 2 },
];

let root = '';
before(() => {
  root = buildCopy(ROOT);
});
after(() => rmSync(root, { recursive: true, force: true }));

for (const { name, urls, kills } of SHORT) {
  const scenario = SCENARIOS.find((one) => one.name === name);
  assert.ok(scenario !== undefined, name);
  test(`${name}: ${scenario.meaning}; nothing is lost, nothing is there twice`, LIMIT, async (t) => {
    const { findings, faults, secondsAfter, folder } = await runScenario(scenario, { root, seed: SEED, urls, kills });
    assert.deepEqual(findings.problems, [], `see ${folder}`);
    t.diagnostic(
      `${faults.length} faults, ${findings.requests - findings.rows} second requests, ended ${secondsAfter?.toFixed(1)} s after the last`,
    );
  });
}

test('a planted bug is caught', LIMIT, async (t) => {
  const bug = PLANTED.find(({ name }) => name === 'what a dead worker held is forgotten');
  assert.ok(bug !== undefined);
  const { caught, problems } = await runPlanted(ROOT, { ...bug, urls: 5_000, kills: 8 }, SEED);
  assert.ok(caught);
  t.diagnostic(problems.join('; '));
});
