import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { OutcomeLine } from '../core/outcome-line.ts';

/** Writes batches of outcomes as NDJSON, as fast as the reader takes them; after `signal` aborts it waits for the reader no longer. */
export function streamTo(out: Writable, signal: AbortSignal): (lines: readonly OutcomeLine[]) => Promise<void> {
  return async (lines) => {
    if (lines.length === 0 || out.write(`${lines.join('\n')}\n`)) return;
    await once(out, 'drain', { signal }).catch(() => {});
  };
}
