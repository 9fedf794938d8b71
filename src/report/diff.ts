import type { Outcome } from '../model/outcome.ts';
import { verdictClass } from '../model/verdict.ts';
import { readOutcomes } from './read-outcomes.ts';
import { rowIdentity } from './row-identity.ts';
import { resultWord } from './row-words.ts';
import { shownNumber } from './shown-figures.ts';
import { padToColumns, visible } from './shown-text.ts';

/** How a URL changed between two runs. `added` and `removed` URLs are in only one of them. */
type ChangeKind = 'broke' | 'mended' | 'changed' | 'added' | 'removed';

export interface Change {
  kind: ChangeKind;
  url: string;
  /** The result in the earlier and in the later run, as a report shows it. */
  before?: string;
  after?: string;
}

interface Difference {
  /** The number of URLs of each kind. */
  counts: Readonly<Record<ChangeKind | 'same', number>>;
  /** The first `MAX_CHANGES` of each kind. */
  changes: readonly Change[];
}

/** Changes kept of each kind. */
const MAX_CHANGES = 1_000;

/**
 * Compares the logs of two runs.
 *
 * - `broke`: the URL fails now; before, it did not fail or was not in the run.
 * - `mended`: it failed before and succeeds now.
 * - `changed`: its result differs in any other way.
 *
 * Each row of the first log takes about 100 bytes of memory.
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
    if (counts[change.kind] <= MAX_CHANGES) changes.push(change);
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

const HEADS: Readonly<Record<ChangeKind, string>> = {
  broke: 'Newly failing',
  mended: 'Fixed',
  changed: 'Changed',
  added: 'New',
  removed: 'Gone',
};
const KINDS = Object.keys(HEADS) as ChangeKind[];
/** Kinds that are listed. New and gone URLs are only counted: if the lists of the two runs differ, there can be very many. */
const LISTED: ReadonlySet<ChangeKind> = new Set<ChangeKind>(['broke', 'mended', 'changed']);
const RESULT_COLUMNS = 24;

/** The difference as text for people. New failures come first. */
export function diffText({ counts, changes }: Difference): string {
  const parts = KINDS.filter((kind) => LISTED.has(kind) && counts[kind] > 0).map((kind) => {
    const own = changes.filter((change) => change.kind === kind);
    const left = counts[kind] - own.length;
    return `${HEADS[kind]} (${shownNumber(counts[kind])}):\n${own.map(line).join('')}${left > 0 ? `  and ${shownNumber(left)} more\n` : ''}\n`;
  });
  const total = KINDS.map((kind) => `${shownNumber(counts[kind])} ${HEADS[kind].toLowerCase()}`).join(', ');
  return `${parts.join('')}Total: ${total}, ${shownNumber(counts.same)} the same\n`;
}

function line({ url, before, after }: Change): string {
  return `  ${padToColumns(`${before ?? 'absent'} -> ${after ?? 'absent'}`, RESULT_COLUMNS)}  ${visible(url)}\n`;
}

/** One JSON document. */
export function diffJson(difference: Difference): string {
  return `${JSON.stringify({ schema: 1, ...difference }, undefined, 2)}\n`;
}
