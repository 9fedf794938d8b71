import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunCounts } from '../../src/engine/run-counts.ts';
import { UnknownRunError } from '../../src/model/errors.ts';
import { runFate } from '../../src/watch/run-fate.ts';

const IDLE = { accepted: 5, discovered: 0, settled: 5, ended: false };

/**
 * Watches a run on an engine that returns these counts, one after another, and repeats the last one. After `most`
 * looks, the signal aborts.
 */
async function look(
  counts: (Partial<RunCounts> | Error)[],
  { isGiven = false, isUnderWay = true, most = 60 } = {},
): Promise<{ fate: string | undefined; looks: number }> {
  const stop = new AbortController();
  let looks = 0;
  const engine = {
    async counts() {
      if (++looks === most) stop.abort();
      const now = counts[Math.min(looks, counts.length) - 1] as Partial<RunCounts> | Error;
      if (now instanceof Error) throw now;
      return now as RunCounts;
    },
  };
  const fate = await runFate(engine, 'run', { isGiven: () => isGiven, isUnderWay: () => isUnderWay, lostMs: 10 }, stop.signal);
  return { fate, looks };
}

test('a run is lost if the engine has nothing to do for it while checks are missing', async () => {
  assert.deepEqual(await look([IDLE]), { fate: 'lost', looks: 11 });
  assert.deepEqual(await look([IDLE], { isUnderWay: false, isGiven: true }), { fate: 'lost', looks: 11 }, 'its end is missing');
});

test('a run that the engine does not know is lost at once', async () => {
  assert.deepEqual(await look([IDLE, new UnknownRunError('gone')]), { fate: 'lost', looks: 2 });
});

test('a run that ends before all of its rounds were submitted was ended by somebody', async () => {
  assert.deepEqual(
    await look([
      { ...IDLE, settled: 4 },
      { ...IDLE, ended: true },
    ]),
    { fate: 'ended', looks: 2 },
  );
});

for (const [what, counts, options] of [
  ['has work to do', [{ ...IDLE, settled: 4 }], {}],
  ['makes progress', Array.from({ length: 60 }, (_, n) => ({ ...IDLE, accepted: n, settled: n })), {}],
  ['ended after its last round', [{ ...IDLE, ended: true }], { isGiven: true }],
  ['is idle without missing checks', [IDLE], { isUnderWay: false }],
  ['cannot be queried', [new Error('Redis is unreachable')], {}],
] as const) {
  test(`a run that ${what} is left alone`, async () => {
    assert.deepEqual(await look([...counts], options), { fate: undefined, looks: 60 });
  });
}
