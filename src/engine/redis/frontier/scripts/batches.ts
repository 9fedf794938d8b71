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
  args: (run: RunId, batch: number, digest: string, entries: readonly Entry[], invalidLines: readonly string[]) => [
    ...[run, batch, digest, invalidLines.length, invalidLines.join('\n')],
    ...neighbours(entries),
  ],
  reply: (raw: OutlookReply) => outlook(...raw),
  conflict: (run, batch) => `batch ${batch} of run ${run} was submitted before with other lines, or after the run was sealed`,
});

/** For each series of entries of one origin: the origin, and their keys and packed entries, joined by newlines. */
function neighbours(entries: readonly Entry[]): string[] {
  const args: string[] = [];
  for (const entry of entries) {
    const text = `${entry.external ? 'x' : ''}${entry.key}${packEntry(entry)}`;
    if (args.at(-2) === entry.origin) args[args.length - 1] += `\n${text}`;
    else args.push(entry.origin, text);
  }
  return args;
}
