import type { Entry } from '../../../../model/entry.ts';
import type { RunId } from '../../../../model/run-id.ts';
import { packEntry } from '../wire-format.ts';
import { type OutlookReply, outlook, script } from './script.ts';

/** Stores a batch until it is pushed. */
export const store = script({
  name: 'store',
  args: (run: RunId, batch: number, digest: string, content: Buffer) => [run, batch, digest, content],
  reply: () => undefined,
  conflict: (run, batch) => `batch ${batch} of run ${run} was submitted before with other lines`,
});

/** Puts a batch into the frontier and counts it, once. */
export const push = script({
  name: 'push',
  args: (run: RunId, batch: number, digest: string, entries: readonly Entry[], invalidLines: readonly string[]) => {
    const args: Array<string | number> = [run, batch, digest, invalidLines.length, invalidLines.join('\n')];
    for (const entry of entries) args.push(entry.origin, entry.external ? `x${entry.key}` : entry.key, packEntry(entry));
    return args;
  },
  reply: (raw: OutlookReply) => outlook(...raw),
  conflict: (run, batch) => `batch ${batch} of run ${run} was submitted before with other lines, or after the run was sealed`,
});
