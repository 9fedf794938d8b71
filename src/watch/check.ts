import type { Outcome } from '../model/outcome.ts';
import { isShortageCode } from '../model/shortage.ts';
import { resultWord } from '../report/row-words.ts';
import type { Service } from './service.ts';

/** What one look at a service found. */
export interface Check {
  /** `slow`: as expected, but not in time. */
  found: 'up' | 'slow' | 'down';
  /** When it ended, in milliseconds since the epoch. */
  atMs: number;
  /** Status or verdict in a word. */
  word: string;
  /** Why it is not up, for people; empty if it is. */
  reason: string;
  latencyMs?: number;
  /** Whole days until the server's certificate ends, where it showed one; negative when it has ended. */
  certificateDaysLeft?: number;
}

/** What an outcome says of the service. Undefined if it says nothing: the check was cancelled, or this machine could not make it. @param accept what the run accepts, such as `200-299` */
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

/** The code of a body without the text that it has to hold. */
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
