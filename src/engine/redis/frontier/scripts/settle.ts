import type { OutcomeLine } from '../../../../model/lines/outcome-line.ts';
import type { RunId } from '../../../../model/run-id.ts';
import type { VerdictClass } from '../../../../model/verdict.ts';
import { numbers, type Outlook, outlook, script } from './script.ts';

/**
 * How an entry leaves the in-flight hash: with an outcome line; requeued as a packed entry; or as a revisit, which has neither.
 * `found` contains the links of its page (packLinks). With kind `found` the entry stays, because more links will follow.
 */
export type SettleMove =
  | { key: string; kind: VerdictClass; line: OutcomeLine; found?: string }
  | { key: string; kind: 'revisited'; found?: string }
  | { key: string; kind: 'found'; found: string }
  | { key: string; kind: 'back'; packed: string }
  /** The entry waits at `origin`: for a retry, or for `later`, which is not counted as a retry, this many milliseconds; if moved, as if it had waited since this time. */
  | { key: string; kind: `retry:${number}` | `later:${number}` | `moved:${number}`; origin: string; packed: string };

/** The move of an entry that is done. */
export type DoneMove = Extract<SettleMove, { line: OutcomeLine } | { kind: 'revisited' }>;

/** What a visit learnt about an origin. */
export interface OriginReport {
  origin: string;
  holdMs: number;
  latencyMs: number;
  /** Fetches without an answer since the last answer. */
  misses: number;
  answered: boolean;
}

export interface Settled extends Outlook {
  /** The ticket now belongs to another visit. Nothing was settled. */
  fenced: boolean;
  /** Entries that the ticket still holds. */
  held: number;
  /** Other runs that may continue with an origin that was freed. */
  offered: RunId[];
  /** A shorter way to the page was found since its first parts were pushed. Nothing was settled; send all parts again. */
  isNearer: boolean;
  /** For a part of a page's links: the depth of the page, and how many links were left out, by reason. */
  part?: { depth: number; leftOut: Record<string, number> };
}

type SettleReply = [
  status: 1 | 2 | -1,
  nowMs: number,
  ready: number,
  next: string,
  held?: number,
  offered?: RunId[],
  part?: [depth?: number, ...reasons: Array<string | number>],
];

/** Settles entries: removes them from the ticket's in-flight hash. */
export const settle = script({
  name: 'settle',
  args: (
    run: RunId,
    ticket: number,
    token: string,
    hostConcurrency: number,
    reports: readonly OriginReport[],
    moves: readonly SettleMove[],
  ) => {
    const args: Array<string | number> = [run, ticket, token, hostConcurrency, reports.length];
    for (const { origin, holdMs, latencyMs, misses, answered } of reports)
      args.push(origin, holdMs, latencyMs, answered ? misses : -1 - misses);
    return [...args, ...settleMoves(moves)];
  },
  reply: (raw: SettleReply): Settled => {
    const [status, nowMs, ready, next, held = 0, offered = [], part = []] = raw;
    const [depth, ...reasons] = part;
    const settled: Settled = { fenced: status === -1, isNearer: status === 2, held, offered, ...outlook(nowMs, ready, next) };
    if (depth !== undefined) settled.part = { depth, leftOut: Object.fromEntries(numbers(reasons)) };
    return settled;
  },
});

/** The arguments for the moves: keys and classes of entries with an outcome as one text, their lines as another, then the other moves. */
function settleMoves(moves: readonly SettleMove[]): string[] {
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
  return [marks, lines.join('\n'), ...others];
}
