import { CLAIM_MS } from '../../src/engine/collecting.ts';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { systemClock } from '../../src/util/clock.ts';
import { engineContract } from '../contracts/engine.contract.ts';
import { linksContract } from '../contracts/links.contract.ts';
import { movedContract } from '../contracts/moved.contract.ts';
import { robotsContract } from '../contracts/robots.contract.ts';
import { throttledContract } from '../contracts/throttled.contract.ts';
import { lendingEngine } from './lending-engine.ts';

function movableClock() {
  let skippedMs = 0;
  const clock = { wallMs: () => systemClock.wallMs(), monotonicMs: () => systemClock.monotonicMs() + skippedMs };
  const skip = async (ms: number) => {
    skippedMs += ms;
  };
  return { clock, skip };
}

for (const keepsSome of [false, true]) {
  engineContract(`memory, lending ${keepsSome ? 'half of its' : 'its'} visits`, async () => {
    const { clock, skip } = movableClock();
    return { engine: lendingEngine(createMemoryEngine({ clock }), { keepsSome }), lapse: () => skip(CLAIM_MS) };
  });
}
linksContract('memory, lending its visits', async () => lendingEngine(createMemoryEngine()));
movedContract('memory, lending its visits', async () => [lendingEngine(createMemoryEngine())]);
throttledContract('memory, lending its visits', async () => lendingEngine(createMemoryEngine()));
robotsContract('memory, lending its visits', async () => {
  const { clock, skip } = movableClock();
  return { engines: [lendingEngine(createMemoryEngine({ clock }))], skip };
});
