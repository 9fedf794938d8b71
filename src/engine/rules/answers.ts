import { DOWN_AFTER, DOWN_PAUSE_MS, MISSED_PAUSE_MS, REMEMBERED_MS, SLOWED_AFTER, type Trial } from '../../model/unreachable-origin.ts';

/**
 * What an origin's answers, or the lack of them, mean for the next visits. Both engines obey these rules; `answers.lua` is their twin.
 */
export interface OriginAnswers {
  /** Visits that hold the origin. */
  busy: number;
  /** It has answered while it was held. */
  hasAnswered: boolean;
  /** Fetches in a row without an answer. */
  misses: number;
  /** When the last of them ended. */
  missedAtMs: number;
}

/** What happened so long ago says nothing any more. */
export function isForgotten(sinceMs: number, nowMs: number): boolean {
  return nowMs - sinceMs >= REMEMBERED_MS;
}

/** Fetches in a row without an answer, after more of them. @param answered there was an answer before these */
export function missesAfter(before: number, misses: number, answered: boolean): number {
  return answered ? misses : before + misses;
}

/**
 * Others come first: somebody visits the origin, and it has not answered yet, or it left a fetch without an answer a moment ago. A slot that takes it may wait for a whole timeout.
 */
export function isDoubtful({ busy, hasAnswered, misses, missedAtMs }: OriginAnswers, nowMs: number): boolean {
  if (misses > 0) return nowMs - missedAtMs < (misses >= DOWN_AFTER ? DOWN_PAUSE_MS : MISSED_PAUSE_MS);
  return busy > 0 && !hasAnswered;
}

/** Visits that may hold the origin at once, of a run that allows `most`. @param lanes what its pace allows, if it asked for patience */
export function visitLimit(misses: number, lanes: number | undefined, most: number): number {
  return misses >= SLOWED_AFTER ? 1 : Math.min(most, lanes ?? most);
}

/** How hard the next entry is tried. @param asks answers in a row that asked for a pause */
export function trialOf(misses: number, asks: number): Trial {
  return misses >= DOWN_AFTER ? 'briefly' : asks >= DOWN_AFTER ? 'once' : 'full';
}
