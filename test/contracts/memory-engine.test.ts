import { CLAIM_MS } from '../../src/engine/collecting.ts';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { systemClock } from '../../src/util/clock.ts';
import { engineContract } from './engine.contract.ts';

engineContract('memory', async () => {
  let skippedMs = 0;
  const clock = { wallMs: () => systemClock.wallMs(), monotonicMs: () => systemClock.monotonicMs() + skippedMs };
  return {
    engine: createMemoryEngine({ clock }),
    lapse: async () => {
      skippedMs += CLAIM_MS;
    },
  };
});
