import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildCopy, SHORT_CLAIM } from './build-copy.ts';
import { PLANTED } from './planted.ts';
import { runPlanted } from './run-planted.ts';
import { runScenario } from './run-scenario.ts';
import { scenarioNamed } from './scenarios.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SEED = 7;

/** A short version of `npm run chaos`, with fewer workers, URLs and faults, because starting processes takes most of the time. */
const SHORT = [
  { name: 'all-kill-pinned', urls: 1_500, kills: 5 },
  { name: 'each-once', urls: 1_500, kills: 6 },
  { name: 'worker-processes', urls: 600, kills: 2 },
  { name: 'lost-replies', urls: 1_000, kills: 1 },
  { name: 'lost-replies-paced', urls: 300, kills: 1 },
];
const WORKERS = 2;
/** The tests mostly wait for locks and claims to lapse. */
const AT_ONCE = 2;
/** The planted bug stops the run. */
const STOPPED_MS = 4_000;

let root = '';
before(() => {
  root = buildCopy(ROOT, [SHORT_CLAIM]);
});
after(() => rmSync(root, { recursive: true, force: true }));

describe('short disturbances', { concurrency: AT_ONCE }, () => {
  for (const { name, urls, kills } of SHORT) {
    const scenario = scenarioNamed(name);
    test(`${name}: ${scenario.meaning}; nothing is lost or duplicated`, async (t) => {
      const { findings, faults, folder } = await runScenario(scenario, { root, seed: SEED, urls, kills, workers: WORKERS });
      assert.deepEqual(findings.problems, [], `see ${folder}`);
      t.diagnostic(`${faults.length} faults, ${findings.requests} requests for ${findings.rows} rows`);
    });
  }

  test('a planted bug is detected', async (t) => {
    const bug = PLANTED.find(({ name }) => name === 'entries of a dead worker are lost');
    assert.ok(bug !== undefined);
    const { caught, problems } = await runPlanted(ROOT, { ...bug, urls: 1_000, kills: 2 }, SEED, STOPPED_MS);
    assert.ok(caught);
    t.diagnostic(problems.join('; '));
  });
});
