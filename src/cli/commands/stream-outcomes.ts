import { once } from 'node:events';
import type { OutcomeLine } from '../../model/lines/outcome-line.ts';
import { escapedForTerminal } from '../../report/shown-text.ts';
import type { Output } from '../command-context.ts';

/** Writes batches of outcomes as NDJSON, as fast as the reader takes them; after `signal` aborts it waits for the reader no longer. A terminal gets control characters as JSON escapes. */
export function streamTo(out: Output, signal: AbortSignal): (lines: readonly OutcomeLine[]) => Promise<void> {
  return async (lines) => {
    if (lines.length === 0) return;
    const text = `${lines.join('\n')}\n`;
    if (out.write(out.isTTY ? escapedForTerminal(text) : text)) return;
    await once(out, 'drain', { signal }).catch(() => {});
  };
}
