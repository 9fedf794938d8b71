import { DOWN_AFTER, DOWN_PAUSE_MS, MISSED_PAUSE_MS, REMEMBERED_MS, SLOWED_AFTER, type Trial } from '../../model/unreachable-origin.ts';

/**
 * How the answers of an origin, or their absence, affect the next visits. Both engines obey these rules; `answers.lua` is their twin.
 */
export interface OriginAnswers {
  /** Visits that hold the origin. */
  busy: number;
  /** It has answered while it was held. */
  hasAnswered: boolean;
  /** Consecutive fetches without an answer. */
  misses: number;
  /** When the last of them ended. */
  missedAtMs: number;
}

/** True if it happened too long ago to matter. */
export function isForgotten(sinceMs: number, nowMs: number): boolean {
  return nowMs - sinceMs >= REMEMBERED_MS;
}

/** Consecutive fetches without an answer, after `misses` more. @param answered there was an answer before those */
export function missesAfter(before: number, misses: number, answered: boolean): number {
  return answered ? misses : before + misses;
}

/**
 * True if other origins should be preferred: this one is being visited and has not answered yet, or a fetch had no
 * answer a moment ago. A slot that takes it may wait for a full timeout.
 */
export function isDoubtful({ busy, hasAnswered, misses, missedAtMs }: OriginAnswers, nowMs: number): boolean {
  if (misses > 0) return nowMs - missedAtMs < (misses >= DOWN_AFTER ? DOWN_PAUSE_MS : MISSED_PAUSE_MS);
  return busy > 0 && !hasAnswered;
}

/** The most visits to the origin at a time, for a run that allows `most`. @param lanes what its pace allows, if it asked for a pause */
export function visitLimit(misses: number, lanes: number | undefined, most: number): number {
  return misses >= SLOWED_AFTER ? 1 : Math.min(most, lanes ?? most);
}

/** How much effort the next entry is worth. @param asks consecutive answers that asked for a pause */
export function trialOf(misses: number, asks: number): Trial {
  return misses >= DOWN_AFTER ? 'briefly' : asks >= DOWN_AFTER ? 'once' : 'full';
}
