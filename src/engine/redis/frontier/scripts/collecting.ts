import { RunClaimedError } from '../../../../model/errors.ts';
import type { RunId } from '../../../../model/run-id.ts';
import { CLAIM_MS, COLLECTOR_TTL_MS, type Collector } from '../../../collecting.ts';
import { script } from './script.ts';

type ClaimReply = [status: 'first' | 'again' | 'held' | 'elsewhere' | 'lapsed', holder: string];

/** Gives the collector the run's lease, or takes it back. Throws RunClaimedError if it cannot have the lease. */
export const claim = script({
  name: 'claim',
  args: (run: RunId, collector: Collector, as: 'fresh' | 'renew' | 'leave') => [run, collector.id, collector.folder, CLAIM_MS, as],
  reply: ([status, holder]: ClaimReply, run, collector): 'first' | 'again' => {
    switch (status) {
      case 'held':
        throw new RunClaimedError(`run ${run} is being collected by ${holder}`);
      case 'lapsed':
        throw new RunClaimedError(`run ${run} was collected by ${holder} after the claim of ${collector.id} expired`);
      case 'elsewhere':
        throw new RunClaimedError(`the log of run ${run} is in another folder (${holder}); collect it there`, 'elsewhere');
      default:
        return status;
    }
  },
});

/** Removes the outcome stream up to this entry. Throws RunClaimedError if another collector has had the run since. */
export const release = script({
  name: 'release',
  args: (run: RunId, streamId: string, collector: Collector) => [run, collector.id, streamId, idAfter(streamId)],
  reply: (released: 0 | 1, run) => {
    if (released === 0) throw new RunClaimedError(`another collector has taken over run ${run}`);
  },
});

/** The smallest stream id after this one. */
function idAfter(streamId: string): string {
  const [ms, sequence] = streamId.split('-') as [string, string];
  return `${ms}-${BigInt(sequence) + 1n}`;
}

/** A row of a log: the entry's key, its class, and whether its page has links. */
export type LoggedMark = readonly [key: string, name: string, hasLinks: boolean];

/** Records that these entries have rows in the collector's log. */
export const restore = script({
  name: 'restore',
  args: (run: RunId, marks: readonly LoggedMark[]) => {
    const texts = marks.map(([key, name, hasLinks]) => key + (hasLinks ? name.charAt(0).toUpperCase() : name.charAt(0)));
    return [run, texts.join('')];
  },
  reply: () => undefined,
});

/** Reports that a collector is alive and how many runs it has, or that it stops. Returns the number of live collectors. */
export const attend = script({
  name: 'attend',
  args: (collector: string, runs: number | undefined) => [collector, runs ?? '', COLLECTOR_TTL_MS],
  reply: (live: number) => live,
});

/** Runs with unreleased outcomes, and ended runs without any. Runs that another collector has are left out. */
export const uncollected = script({
  name: 'uncollected',
  args: (collector: string, runs: readonly RunId[]) => [collector, ...runs],
  reply: ([withOutcomes, ended]: [RunId[], RunId[]]) => ({ withOutcomes, ended }),
});
