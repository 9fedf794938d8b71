import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Outcome } from '../core/outcome.ts';

/** Writes batches of outcomes as NDJSON, as fast as the reader takes them; after `signal` aborts it waits for the reader no longer. */
export function streamTo(out: Writable, signal: AbortSignal): (outcomes: readonly Outcome[], lines: readonly string[]) => Promise<void> {
  return async (_, lines) => {
    if (lines.length === 0 || out.write(`${lines.join('\n')}\n`)) return;
    await once(out, 'drain', { signal }).catch(() => {});
  };
}
