import type { Entry } from '../../../../model/entry.ts';
import type { RunId } from '../../../../model/run-id.ts';
import type { RunOptions } from '../../../../model/run-options.ts';
import type { Trial } from '../../../../model/unreachable-origin.ts';
import { copyString } from '../../../../util/flat-text.ts';
import { unpackEntry } from '../wire-format.ts';
import { type Outlook, outlook, script } from './script.ts';

export interface Checkout extends Outlook {
  /** `suspect`: one entry, which may have killed two workers. */
  kind: 'taken' | 'suspect' | 'cancelled' | 'paused' | 'full' | 'gone';
  entries: Entry[];
  /** Tickets to queue for idle slots. */
  wake: number[];
  /** Other runs that may continue with an origin. */
  offered: RunId[];
  /** Origins whose entries get less effort than the run's options allow. */
  trials: ReadonlyMap<string, Trial>;
  /** Until when an interval holds the first entry's origin; 0 if none does. */
  turnUntilMs: number;
  /** True if another run may be waiting for a slot. */
  othersWait: boolean;
}

export interface CheckoutLimits {
  room: number;
  mostOrigins: number;
  tickets: number;
  budgetMs: number;
  maxUnreleased: number;
}

const KEY_LENGTH = 16;

type CheckoutReply = [
  nowMs: number,
  kind: Checkout['kind'],
  entries: string,
  ready: number,
  next: string,
  wake: number[],
  offered: RunId[],
  trials?: [down: string[], asking: string[]],
  turnUntilMs?: number,
  othersWait?: 0 | 1,
];

/** Checks out entries for the ticket, under the token. */
export const checkout = script({
  name: 'checkout',
  args: (run: RunId, ticket: number, token: string, options: RunOptions, limits: CheckoutLimits) => {
    const { room, mostOrigins, tickets, budgetMs, maxUnreleased } = limits;
    const { hostConcurrency, hostIntervalMs, robots } = options;
    const obeys = robots ? 1 : 0;
    return [run, ticket, token, room, mostOrigins, tickets, hostConcurrency, hostIntervalMs, obeys, budgetMs, maxUnreleased];
  },
  reply: (raw: CheckoutReply): Checkout => {
    const [nowMs, kind, entries, ready, next, wake, offered, [down, asking] = [[], []], turnUntilMs = 0, othersWait = 0] = raw;
    const trials = new Map<string, Trial>([
      ...asking.map((origin) => [origin, 'once'] as const),
      ...down.map((origin) => [origin, 'briefly'] as const),
    ]);
    return {
      kind,
      entries: readEntries(entries),
      wake,
      offered,
      trials,
      turnUntilMs,
      othersWait: othersWait === 1,
      ...outlook(nowMs, ready, next),
    };
  },
});

/** Reads entries: for each a line with its key and origin, and a line with its packed fields. */
function readEntries(text: string): Entry[] {
  const lines = text.split('\n');
  const entries: Entry[] = [];
  let origin = '';
  for (let index = 0; index + 1 < lines.length; index += 2) {
    const head = lines[index] as string;
    // Workers keep origins, for example with their robots.txt, and must not keep this whole text with them.
    if (!head.endsWith(origin) || head.length !== KEY_LENGTH + origin.length) origin = copyString(head.slice(KEY_LENGTH));
    entries.push(unpackEntry(head.slice(0, KEY_LENGTH), origin, lines[index + 1] as string));
  }
  return entries;
}
