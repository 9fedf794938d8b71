import { hash } from 'node:crypto';
import { canonicalUrl, urlKey } from './canonical-url.ts';
import { KeySet } from './key-set.ts';
import type { Outcome } from './outcome.ts';
import type { OutcomeLine } from './outcome-line.ts';
import { MISSING_SECRET } from './unfetched-outcome.ts';
import { type VerdictClass, verdictClass } from './verdict.ts';

const CLASSES = ['ok', 'failed', 'skipped'] as const satisfies readonly VerdictClass[];
/** What stands for credentials in an `input`. */
const MASK = '***@';

/** The rows of a run's log, known by their keys, at 11 to 22 bytes each. */
export class LoggedRows {
  readonly #keys: Readonly<Record<VerdictClass, KeySet>> = { ok: new KeySet(), failed: new KeySet(), skipped: new KeySet() };

  /** Adds a row. False if its URL, or its line, has one already. */
  add(line: OutcomeLine): boolean {
    const outcome = JSON.parse(line) as Outcome;
    const key = isOfLine(outcome) ? lineKey(outcome) : rowKey(outcome, () => urlKey(canonicalUrl(new URL(outcome.url))));
    if (this.classOf(key) !== undefined) return false;
    return this.#keys[verdictClass(outcome.verdict)].add(key);
  }

  /** How the row of that key is counted, or undefined if there is none. */
  classOf(key: string): VerdictClass | undefined {
    return CLASSES.find((name) => this.#keys[name].has(key));
  }

  /** Every row, in no order. */
  *rows(): Generator<readonly [key: string, VerdictClass]> {
    for (const name of CLASSES) for (const key of this.#keys[name]) yield [key, name];
  }
}

/** True for a row that stands for its line: the line has that identity, or was no entry at all. One that lacked a secret was. */
function isOfLine({ verdict, identity, error }: Outcome): boolean {
  return identity === 'line' || (verdict === 'invalid-url' && error?.code !== MISSING_SECRET);
}

/** The key by which an entry's row is known. */
export function rowKeyOf(entry: { key: string; identity?: 'line'; input?: string; source?: string; line?: number }): string {
  return entry.identity === 'line' ? entry.key : rowKey(entry, () => entry.key);
}

/** That of its URL. Rows do not hold credentials, so that a URL that has some is known by its line. */
function rowKey(row: { input?: string; source?: string; line?: number }, keyOfUrl: () => string): string {
  return row.input?.includes(MASK) ? lineKey(row) : keyOfUrl();
}

/** The key of a row that stands for its line. */
export function lineKey({ source = '', line }: { source?: string; line?: number }): string {
  return hash('sha1', `${line} ${source}`, 'hex').slice(0, 16);
}
