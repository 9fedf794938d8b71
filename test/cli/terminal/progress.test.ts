import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { type Standing, startProgress } from '../../../src/cli/terminal/progress.ts';
import { StatusLine } from '../../../src/cli/terminal/status-line.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { DEADLINE_MS } from '../../helpers/until.ts';

test('progress shows the counts, continues if reading them fails, and clears its line', async () => {
  const shown = new EventTarget();
  let text = '';
  const line = new StatusLine((written) => {
    text += written;
    if (written.includes('7 / 9')) shown.dispatchEvent(new Event('shown'));
  });
  let calls = 0;
  const standing = async (): Promise<Standing> => {
    calls++;
    if (calls < 3) throw new Error('not now');
    const empty = {
      state: 'open' as const,
      duplicates: 0,
      discovered: 0,
      skipped: 0,
      retries: 0,
      leftOut: {},
      inFlight: 0,
      unreleased: 0,
      batches: 1,
    };
    return {
      counts: { ...empty, submitted: 9, accepted: 9, settled: 7, ok: 7, failed: 0, sealedAt: 1, ended: false },
      throttled: 0,
      grows: false,
      leastMs: 0,
    };
  };
  const seen = once(shown, 'shown', { signal: AbortSignal.timeout(DEADLINE_MS) });
  const progress = startProgress(standing, line, () => 80, systemClock);
  await seen;
  progress.stop();
  assert.ok(text.endsWith('\r\x1b[2K'), JSON.stringify(text));
});
