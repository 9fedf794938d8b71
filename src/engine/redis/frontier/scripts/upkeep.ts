import type { RunId } from '../../../../model/run-id.ts';
import { type Outlook, type OutlookReply, outlook, script } from './script.ts';

/** The typical time from queueing a ticket to its checkout. */
export const WAKE_LEAD_MS = 10;

/** Names a ticket to queue if something is ready or will soon be. */
export const wake = script({
  name: 'wake',
  args: (run: RunId, tickets: number) => [run, tickets, WAKE_LEAD_MS],
  reply: ([nowMs, ready, next, tickets]: [...OutlookReply, number[]]) => ({ wake: tickets, ...outlook(nowMs, ready, next) }),
});

/** How long an ended run is kept after it was collected. */
const ENDED_KEPT_MS = 24 * 3_600_000;

export interface Survey {
  /** Visit slots of all live workers. */
  slots: number;
  /** The open runs, if this worker is the janitor now. */
  runs: Array<{ run: RunId; outlook: Outlook; wake: number[]; held: number[]; stored: boolean }>;
  /** Runs that have just ended. */
  ended: RunId[];
  /** Collected runs that ended a day ago. */
  expired: RunId[];
}

type SurveyReply = [
  nowMs: number,
  slots: number,
  runs: Array<[run: RunId, ready: number, next: string, wake: number[], held: string[], stored: 0 | 1]>,
  ended: RunId[],
  expired: RunId[],
];

/**
 * Reports that the worker is alive and how many slots it has; 0 means that it stops. `activity` is what it has done
 * lately, or '' if unchanged.
 */
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

/** An origin with a wrong count of visits. */
export interface Recounted {
  origin: string;
  counted: number;
  holding: number;
}

type RecountReply = [corrected: Array<[origin: string, counted: number, holding: number]>, offered: RunId[]];

/** Recounts the visits of these origins. Returns what was wrong, and the runs that may continue with an origin. */
export const recount = script({
  name: 'recount',
  args: (origins: readonly string[]) => ['', ...origins],
  reply: ([corrected, offered]: RecountReply): { corrected: Recounted[]; offered: RunId[] } => ({
    corrected: corrected.map(([origin, counted, holding]) => ({ origin, counted, holding })),
    offered,
  }),
});
