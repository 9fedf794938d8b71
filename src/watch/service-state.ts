import type { Check } from './check.ts';

/**
 * Where a service stands. A result that differs from the state counts only after so many of it in a row; the first one counts at once.
 *
 *     unknown ──► up ◄──► slow
 *                 ▲ ▲     ▲
 *                 │ └──┐  │
 *                 └────┴─ down
 */
export interface ServiceState {
  state: 'unknown' | Check['found'];
  /** Since the first check that found it so, in milliseconds since the epoch. */
  sinceMs: number;
  /** Results in a row that differ from the state, and are one another's like. */
  doubt?: { found: Check['found']; checks: number; sinceMs: number };
  /** When it was last said that its certificate ends. */
  certificateToldMs?: number;
}

/** What is said of a service. */
export type Change =
  /** It is in another state. `afterMs` is how long it was in the one `before`. */
  | { kind: 'up' | 'slow' | 'down'; before: ServiceState['state']; check: Check; checks: number; afterMs: number }
  /** Its certificate ends in so many days. */
  | { kind: 'certificate'; daysLeft: number; check: Check };

export interface StateRules {
  /** Results in a row that make a change; at least 1. */
  confirm: number;
  /** A certificate that ends within so many days is told of. */
  certificateDays: number;
}

/** A certificate is told of again after so long, in milliseconds. */
const CERTIFICATE_AGAIN_MS = 24 * 60 * 60_000;

/** Of a service that was never checked. */
export function unknownState(nowMs: number): ServiceState {
  return { state: 'unknown', sinceMs: nowMs };
}

/** The state after one more check, and what is to be said about it. Pure; time is the check's. */
export function afterCheck(before: ServiceState, check: Check, rules: StateRules): { state: ServiceState; changes: Change[] } {
  const { state, changes } = afterResult(before, check, rules.confirm);
  const { certificateDaysLeft: daysLeft } = check;
  const toldMs = before.certificateToldMs;
  const isDue = daysLeft !== undefined && daysLeft <= rules.certificateDays;
  const wasTold = toldMs !== undefined && check.atMs - toldMs < CERTIFICATE_AGAIN_MS;
  if (!isDue || wasTold) return { state, changes };
  return { state: { ...state, certificateToldMs: check.atMs }, changes: [...changes, { kind: 'certificate', daysLeft, check }] };
}

function afterResult(before: ServiceState, check: Check, confirm: number): { state: ServiceState; changes: Change[] } {
  const { doubt, ...settled } = before;
  if (check.found === before.state) return { state: settled, changes: [] };
  const goesOn = doubt?.found === check.found;
  const checks = goesOn ? doubt.checks + 1 : 1;
  const sinceMs = goesOn ? doubt.sinceMs : check.atMs;
  if (before.state !== 'unknown' && checks < confirm) {
    return { state: { ...settled, doubt: { found: check.found, checks, sinceMs } }, changes: [] };
  }
  const change: Change = { kind: check.found, before: before.state, check, checks, afterMs: sinceMs - before.sinceMs };
  return { state: { ...settled, state: check.found, sinceMs }, changes: [change] };
}
