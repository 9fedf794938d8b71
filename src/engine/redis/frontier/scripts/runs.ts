import { checksUnfollowed } from '../../../../model/link-options.ts';
import type { RunId } from '../../../../model/run-id.ts';
import type { RunOptions } from '../../../../model/run-options.ts';
import type { RunCounts } from '../../../run-counts.ts';
import { numbers, script } from './script.ts';

/** Opens the run. If it exists, it keeps its options. */
export const open = script({
  name: 'open',
  args: (run: RunId, options: RunOptions) => {
    const { depth, maxUrls = -1, maxUrlsPerHost } = options;
    const links = `${depth} ${maxUrls} ${maxUrlsPerHost}${checksUnfollowed(options) ? ' external' : ''}`;
    return [run, JSON.stringify(options), depth > 0 ? links : ''];
  },
  reply: () => undefined,
});

/** Seals the run at this number of batches; '' stands for the number submitted so far. */
export const seal = script({
  name: 'seal',
  args: (run: RunId, batches: number | '') => [run, batches],
  reply: () => undefined,
  conflict: (run, batches) => `run ${run} cannot be sealed at ${batches} batches: it is sealed at another number, or has more`,
});

export const steer = script({
  name: 'steer',
  args: (run: RunId, to: 'pause' | 'resume' | 'cancel') => [run, to],
  reply: () => undefined,
});

/** A removed run's id cannot be used for this long, because batches of it may still be queued. */
const TOMBSTONE_MS = 24 * 3_600_000;

/** Removes a part of the run. */
export const remove = script({
  name: 'remove',
  args: (run: RunId, most: number) => [run, most, TOMBSTONE_MS],
  reply: ([more, offered]: [more: 0 | 1, offered: RunId[]]) => ({ hasMore: more === 1, offered }),
});

/** Prefix of the names of counts of links that were left out. */
const LEFT = 'left:';

type CountsReply = [fields: string[], sealedAt: string | null, state: RunCounts['state'] | null, batches: number];

/** The counts of the run, and the bytes of its stored batches. */
export const counts = script({
  name: 'counts',
  args: (run: RunId) => [run],
  reply: ([fields, sealed, state, batches]: CountsReply): { counts: RunCounts; storedBytes: number } => {
    const values = new Map(numbers(fields));
    const n = (name: string) => values.get(name) ?? 0;
    const sealedAt = sealed === null ? undefined : Number(sealed);
    const leftOut = [...values].filter(([name]) => name.startsWith(LEFT)).map(([name, count]) => [name.slice(LEFT.length), count]);
    return {
      storedBytes: n('storedBytes'),
      counts: {
        state: state ?? 'open',
        submitted: n('submitted'),
        duplicates: n('duplicates'),
        accepted: n('accepted'),
        discovered: n('discovered'),
        settled: n('settled'),
        ok: n('ok'),
        failed: n('failed'),
        skipped: n('skipped'),
        leftOut: Object.fromEntries(leftOut),
        retries: n('retries'),
        inFlight: n('inFlight'),
        unreleased: n('settled') - n('released') - n('restored'),
        batches,
        ...(sealedAt === undefined ? {} : { sealedAt }),
        // chaos: run-ended
        ended: batches === sealedAt && n('settled') === n('accepted') + n('discovered'),
      },
    };
  },
});

/** The length of the longest backlog among up to a thousand origins. */
export const bound = script({ name: 'bound', args: (run: RunId) => [run], reply: (entries: number) => entries });
