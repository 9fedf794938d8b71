// SIGUSR2 blocks the event loop of a worker for CHAOS_BLOCK_MS.
import { report } from './report.mjs';

const blockMs = Number(process.env.CHAOS_BLOCK_MS ?? 0);
if (blockMs > 0) {
  process.on('SIGUSR2', () => {
    report(`blocked for ${blockMs} ms`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMs);
  });
}
