import type { Outcome } from '../model/outcome.ts';
import { isShortageCode } from '../model/shortage.ts';
import { resultWord } from '../report/row-words.ts';
import type { Service } from './service.ts';

/** The result of one check of a service. */
export interface Check {
  /** `slow`: the response was as expected, but took too long. */
  found: 'up' | 'slow' | 'down';
  /** When the check ended, in milliseconds since the epoch. */
  atMs: number;
  /** The status or verdict as one word. */
  word: string;
  /** Human-readable reason why it is not up; empty if it is. */
  reason: string;
  latencyMs?: number;
  /** Whole days until the server's certificate expires, negative if it has expired; absent without a certificate. */
  certificateDaysLeft?: number;
}

/**
 * Judges a service by the outcome of its check. Undefined if the outcome says nothing about the service: the check was
 * cancelled, or this machine could not make it.
 *
 * @param accept statuses that the run accepts, such as `200-299`
 */
export function judgeCheck(outcome: Outcome, service: Service, accept: string): Check | undefined {
  const { verdict, status, latencyMs, certificateDaysLeft } = outcome;
  if (verdict === 'cancelled' || (verdict === 'crashed' && isShortageCode(outcome.error?.code))) return undefined;
  const facts = {
    atMs: Date.parse(outcome.finishedAt),
    word: wordOf(outcome),
    ...(latencyMs !== undefined && { latencyMs }),
    ...(certificateDaysLeft !== undefined && { certificateDaysLeft }),
  };
  if (!outcome.ok) return { ...facts, found: 'down', reason: failure(outcome, service, accept) };
  const limitMs = service.latencyMs ?? Number.POSITIVE_INFINITY;
  if (latencyMs === undefined || latencyMs < limitMs) return { ...facts, found: 'up', reason: '' };
  return { ...facts, found: 'slow', reason: `${status} in ${Math.round(latencyMs)} ms, expected < ${limitMs} ms` };
}

/** The error code for a body that lacks the expected text. */
const TEXT_MISSING = 'TEXT_MISSING';

function wordOf(outcome: Outcome): string {
  return outcome.error?.code === TEXT_MISSING ? 'text' : resultWord(outcome);
}

function failure(outcome: Outcome, { contains = '', accept }: Service, accepted: string): string {
  const { verdict, status, error } = outcome;
  if (error?.code === TEXT_MISSING) return `${status}, without the text ${JSON.stringify(contains)}`;
  if (resultWord(outcome) === String(status)) return `${status}, expected ${accept ?? accepted}`;
  return error === undefined ? verdict : `${verdict}: ${error.message}`;
}
