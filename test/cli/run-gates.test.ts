import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passesGates } from '../../src/cli/run-gates.ts';
import { loadConfig } from '../../src/options/load-config.ts';
import type { FragmentFindings } from '../../src/report/links/fragments.ts';
import { EXERCISE, summaryOf, writeLog } from '../report/sample-log.ts';

const MISSING: FragmentFindings = { checked: 2, missingTotal: 1, missing: [] };

test('a run without gates fails if a fragment is missing, and passes with --fail-on none', async (t) => {
  const file = await writeLog(t, EXERCISE);
  const summary = summaryOf(EXERCISE);
  const told: string[] = [];
  const context = (...flags: Parameters<typeof loadConfig>[1]) => ({
    config: loadConfig('crawl', flags, {}),
    tell: (said: string) => told.push(said),
  });
  assert.equal(await passesGates(context(), {}, summary, file, MISSING), false);
  assert.equal(await passesGates(context(), {}, summary, file, { ...MISSING, missingTotal: 0 }), true);
  assert.equal(await passesGates(context(), {}, summary, file, undefined), true);
  assert.equal(await passesGates(context({ key: 'failOn', text: 'none' }), {}, summary, file, MISSING), true);
  assert.deepEqual(told, []);
  assert.equal(await passesGates(context({ key: 'failOn', text: 'failed' }), {}, summary, file, MISSING), false);
  assert.deepEqual(told, ['1 missing fragment']);
});
