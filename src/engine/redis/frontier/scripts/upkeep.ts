import type { RunId } from '../../../../model/run-id.ts';
import { type Outlook, type OutlookReply, outlook, script } from './script.ts';

/** About the time from queueing a ticket to its checkout. */
export const WAKE_LEAD_MS = 10;

/** A ticket to queue if something is ready, or about to be. */
export const wake = script({
  name: 'wake',
  args: (run: RunId, tickets: number) => [run, tickets, WAKE_LEAD_MS],
  reply: ([nowMs, ready, next, tickets]: [...OutlookReply, number[]]) => ({ wake: tickets, ...outlook(nowMs, ready, next) }),
});

/** An ended run that was collected is kept for so long. */
const ENDED_KEPT_MS = 24 * 3_600_000;

export interface Survey {
  /** Visit slots of all live workers. */
  slots: number;
  /** The open runs, for the one worker that is the janitor just now. */
  runs: Array<{ run: RunId; outlook: Outlook; wake: number[]; held: number[]; stored: boolean }>;
  /** Runs that were just found to have ended. */
  ended: RunId[];
  /** Runs that ended a day ago and are collected. */
  expired: RunId[];
}

type SurveyReply = [
  nowMs: number,
  slots: number,
  runs: Array<[run: RunId, ready: number, next: string, wake: number[], held: string[], stored: 0 | 1]>,
  ended: RunId[],
  expired: RunId[],
];

/** The worker is alive with so many slots, or leaves, with 0. `activity` is what it has done lately, or '' if that is the same as last time. */
export const survey = script({
  name: 'survey',
  args: (worker: string, ownSlots: number, ttlMs: number, activity: string) => [worker, ownSlots, ttlMs, ENDED_KEPT_MS, activity],
  reply: ([nowMs, slots, runs, ended, expired]: SurveyReply): Survey => ({
    slots,
    ended,
    expired,
    runs: runs.map(([run, ready, next, tickets, held, stored]) => {
      return { run, outlook: outlook(nowMs, ready, next), wake: tickets, held: held.map(Number), stored: stored === 1 };
    }),
  }),
});

/** An origin with a wrong count of the visits that hold it. */
export interface Recounted {
  origin: string;
  counted: number;
  holding: number;
}

type RecountReply = [corrected: Array<[origin: string, counted: number, holding: number]>, offered: RunId[]];

/** The visits that hold the origins are counted anew. Gives what was wrong, and runs that may go on with an origin. */
export const recount = script({
  name: 'recount',
  args: (origins: readonly string[]) => ['', ...origins],
  reply: ([corrected, offered]: RecountReply): { corrected: Recounted[]; offered: RunId[] } => ({
    corrected: corrected.map(([origin, counted, holding]) => ({ origin, counted, holding })),
    offered,
  }),
});
