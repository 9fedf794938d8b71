import type { OutcomeLine } from '../../../model/lines/outcome-line.ts';
import type { RunId } from '../../../model/run-id.ts';
import type { VerdictClass } from '../../../model/verdict.ts';

/**
 * One entry's way out of the in-flight hash: with the line of its outcome, as the packed entry that waits on, or, of one that has its row, without either. `found`: as `packLinks` packed what its page
 * leads to. With kind `found` it stays: more is to come.
 */
export type SettleMove =
  | { key: string; kind: VerdictClass; line: OutcomeLine; found?: string }
  | { key: string; kind: 'revisited'; found?: string }
  | { key: string; kind: 'found'; found: string }
  | { key: string; kind: 'back'; packed: string }
  /** `origin` is where the entry waits. `moved` says since when it counts as waiting. */
  | { key: string; kind: `retry:${number}` | `moved:${number}`; origin: string; packed: string };

/** What a visit learnt of an origin. */
export interface OriginReport {
  origin: string;
  holdMs: number;
  latencyMs: number;
  /** Fetches since its last answer that had none. */
  misses: number;
  answered: boolean;
}

/** The arguments of the settle script. */
export function settleArguments(
  run: RunId,
  ticket: number,
  token: string,
  hostConcurrency: number,
  reports: readonly OriginReport[],
  moves: readonly SettleMove[],
): Array<string | number> {
  const args: Array<string | number> = [run, ticket, token, hostConcurrency, reports.length];
  for (const { origin, holdMs, latencyMs, misses, answered } of reports)
    args.push(origin, holdMs, latencyMs, answered ? misses : -1 - misses);
  let marks = '';
  const lines: OutcomeLine[] = [];
  const others: string[] = [];
  for (const move of moves) {
    if ('found' in move && move.found !== undefined) others.push(move.key, 'found', move.found);
    if ('line' in move) {
      // The first letter of the class: o, f or s.
      marks += move.key + move.kind[0];
      lines.push(move.line);
    } else if (move.kind === 'revisited') {
      others.push(move.key, move.kind, '');
    } else if (move.kind !== 'found') {
      others.push(move.key, move.kind, move.kind === 'back' ? move.packed : `${move.origin}\n${move.packed}`);
    }
  }
  args.push(marks, lines.join('\n'), ...others);
  return args;
}
