import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnknownRunError } from '../../src/core/errors.ts';
import type { RunCounts } from '../../src/engine/engine.ts';
import { isLost } from '../../src/watch/lost-run.ts';

const IDLE = { accepted: 5, discovered: 0, settled: 5, ended: false };

/** An engine whose counts are these, one after another, the last one for ever. After `most` looks the signal aborts. */
async function look(
  counts: (Partial<RunCounts> | Error)[],
  { isWaiting = true, most = 60 } = {},
): Promise<{ lost: boolean; looks: number }> {
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
  const lost = await isLost(engine, 'run', { isWaiting: () => isWaiting, lostMs: 10 }, stop.signal);
  return { lost, looks };
}

test('a run of which the engine has nothing to do, while something is to come, is lost', async () => {
  assert.deepEqual(await look([IDLE]), { lost: true, looks: 11 });
});

test('one that the engine does not know is lost at once', async () => {
  assert.deepEqual(await look([IDLE, new UnknownRunError('gone')]), { lost: true, looks: 2 });
});

for (const [what, counts, options] of [
  ['has work to do', [{ ...IDLE, settled: 4 }], {}],
  ['goes on', Array.from({ length: 60 }, (_, n) => ({ ...IDLE, accepted: n, settled: n })), {}],
  ['has ended', [{ ...IDLE, ended: true }], {}],
  ['is waited for by nobody', [IDLE], { isWaiting: false }],
  ['cannot be looked at', [new Error('Redis is away')], {}],
] as const) {
  test(`one that ${what} is not lost`, async () => {
    assert.deepEqual(await look([...counts], options), { lost: false, looks: 60 });
  });
}
