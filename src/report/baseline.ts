import type { FailureKind } from '../model/gates.ts';
import type { PlainRow } from '../model/lines/plain-line.ts';
import { verdictClass } from '../model/verdict.ts';
import { KeySet } from '../util/key-map.ts';
import { checkFragments, type FragmentFindings, targetOf } from './links/fragments.ts';
import { readOutcomes } from './read-outcomes.ts';
import { type IdentifiedRow, rowIdentity } from './row-identity.ts';

/** `known`: the row failed in the baseline too. `new`: it failed only in this run. `fixed`: it failed in the baseline and succeeded in this run. */
export type BaselineMark = 'known' | 'new' | 'fixed';

/** A row with its mark. Rows without a baseline, and rows that succeeded in both runs, have none. */
export type Marked<Row> = Row & { baseline?: BaselineMark };

/** How the failures of a run compare with those of the baseline, in rows. `known + new` is the number of failed rows: skipped rows do not count here, even if a gate counts them as failures. */
export interface BaselineFigures {
  known: number;
  new: number;
  fixed: number;
  /** Rows that failed in the baseline and are not in this run. */
  gone: number;
}

/** What failed in an earlier run. */
export class Baseline {
  readonly #file: string;
  readonly #isFailure: (verdict: PlainRow['verdict']) => boolean;
  readonly #failures = new KeySet();
  #count = 0;
  #targets: Promise<ReadonlySet<string>> | undefined;

  private constructor(file: string, failOn: ReadonlySet<FailureKind>) {
    this.#file = file;
    this.#isFailure = (verdict) => verdictClass(verdict) === 'failed' || failOn.has(verdict);
  }

  /**
   * Reads the log of the earlier run. Each of its failures takes 9 to 18 bytes of memory.
   *
   * @param failOn verdicts that count as failures in both runs, in addition to those of class `failed`; they may include verdicts of skipped URLs
   * @throws UsageError as `readOutcomes` does
   */
  static async read(file: string, failOn: ReadonlySet<FailureKind>): Promise<Baseline> {
    const baseline = new Baseline(file, failOn);
    for await (const outcome of readOutcomes(file)) {
      if (baseline.#isFailure(outcome.verdict) && baseline.#failures.add(rowIdentity(outcome))) baseline.#count++;
    }
    return baseline;
  }

  /** Starts a pass over the rows of the later run. */
  compare(): Comparison {
    return new Comparison(this.#failures, this.#count, this.#isFailure);
  }

  /** Marks the fragments that were missing in the baseline too. */
  async markFragments(findings: FragmentFindings): Promise<FragmentFindings> {
    if (findings.missingTotal === 0) return findings;
    this.#targets ??= checkFragments(this.#file, []).then(({ missing }) => new Set(missing.map(targetOf)));
    const targets = await this.#targets;
    const missing = findings.missing.map((fragment) => (targets.has(targetOf(fragment)) ? { ...fragment, known: true } : fragment));
    return { ...findings, missing, known: missing.filter(({ known }) => known).length };
  }
}

/** Marks the rows of one pass over a run's log, and counts the marks. */
export class Comparison {
  readonly #failures: KeySet;
  readonly #failureCount: number;
  readonly #isFailure: (verdict: PlainRow['verdict']) => boolean;
  readonly #met = new KeySet();
  readonly #counts = { known: 0, new: 0, fixed: 0 };
  #metCount = 0;

  constructor(failures: KeySet, failureCount: number, isFailure: (verdict: PlainRow['verdict']) => boolean) {
    this.#failures = failures;
    this.#failureCount = failureCount;
    this.#isFailure = isFailure;
  }

  /** The row with its mark. */
  mark<Row extends IdentifiedRow & Pick<PlainRow, 'verdict'>>(row: Row): Marked<Row> {
    const mark = this.#markOf(row);
    if (mark === undefined) return row;
    if (verdictClass(row.verdict) !== 'skipped') this.#counts[mark]++;
    return { ...row, baseline: mark };
  }

  #markOf(row: IdentifiedRow & Pick<PlainRow, 'verdict'>): BaselineMark | undefined {
    const fails = this.#isFailure(row.verdict);
    if (this.#failureCount === 0) return fails ? 'new' : undefined;
    const key = rowIdentity(row);
    if (!this.#failures.has(key)) return fails ? 'new' : undefined;
    if (this.#met.add(key)) this.#metCount++;
    if (fails) return 'known';
    return verdictClass(row.verdict) === 'ok' ? 'fixed' : undefined;
  }

  /** Call it after the last row. */
  figures(): BaselineFigures {
    return { ...this.#counts, gone: this.#failureCount - this.#metCount };
  }
}
