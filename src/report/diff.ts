import type { Outcome } from '../model/outcome.ts';
import { verdictClass } from '../model/verdict.ts';
import { readOutcomes } from './read-outcomes.ts';
import { rowIdentity } from './row-identity.ts';
import { resultWord } from './row-words.ts';

/** How a URL that is in both runs changed, or that it is in one alone. */
export type ChangeKind = 'broke' | 'mended' | 'changed' | 'added' | 'removed';

export interface Change {
  kind: ChangeKind;
  url: string;
  /** Its result in the one run and in the other, as a report shows it. */
  before?: string;
  after?: string;
}

export interface Difference {
  /** How many of each there are. */
  counts: Readonly<Record<ChangeKind | 'same', number>>;
  /** The first of each kind. */
  changes: readonly Change[];
}

/** Of each kind, so many are kept. */
const MOST_CHANGES = 1_000;

/**
 * What changed from one run's log to another's. `broke`: it failed, and did not before, or was not there. `mended`: it succeeded, and failed before. `changed`: the result is another, and neither of these.
 * Holds about 100 bytes for each row of the first.
 */
export async function diffLogs(before: string, after: string): Promise<Difference> {
  const earlier = new Map<string, { url: string; result: string; failed: boolean }>();
  for await (const outcome of readOutcomes(before)) {
    earlier.set(rowIdentity(outcome), { url: outcome.url, result: resultWord(outcome), failed: hasFailed(outcome) });
  }
  const counts = { broke: 0, mended: 0, changed: 0, added: 0, removed: 0, same: 0 };
  const changes: Change[] = [];
  const note = (change: Change) => {
    counts[change.kind]++;
    if (counts[change.kind] <= MOST_CHANGES) changes.push(change);
  };
  for await (const outcome of readOutcomes(after)) {
    const key = rowIdentity(outcome);
    const was = earlier.get(key);
    earlier.delete(key);
    const result = resultWord(outcome);
    const kind = kindOf(was, result, hasFailed(outcome), verdictClass(outcome.verdict) === 'ok');
    if (kind === 'same') counts.same++;
    else note({ kind, url: outcome.url, after: result, ...(was !== undefined && { before: was.result }) });
  }
  for (const { url, result } of earlier.values()) note({ kind: 'removed', url, before: result });
  return { counts, changes };
}

function kindOf(was: { result: string; failed: boolean } | undefined, result: string, failed: boolean, ok: boolean): ChangeKind | 'same' {
  if (failed && !was?.failed) return 'broke';
  if (was === undefined) return 'added';
  if (was.failed && ok) return 'mended';
  return was.result === result ? 'same' : 'changed';
}

function hasFailed({ verdict }: Outcome): boolean {
  return verdictClass(verdict) === 'failed';
}
