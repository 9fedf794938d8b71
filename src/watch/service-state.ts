import type { Check } from './check.ts';

/**
 * The state of a service. The first result sets it at once. After that, it changes only after several consecutive
 * results that differ from it (`StateRules.confirm`).
 *
 *     unknown ──► up ◄──► slow
 *                 ▲ ▲     ▲
 *                 │ └──┐  │
 *                 └────┴─ down
 */
export interface ServiceState {
  state: 'unknown' | Check['found'];
  /** End of the first check that found this state, in milliseconds since the epoch. */
  sinceMs: number;
  /** Consecutive equal results that differ from the state, but are too few for a change. */
  doubt?: { found: Check['found']; checks: number; sinceMs: number };
  /** When the expiry of its certificate was last reported, in milliseconds since the epoch. */
  certificateReportedMs?: number;
}

/** A change that is reported. */
export type Change =
  /**
   * The service changed its state. `checks`: consecutive results that made the change. `afterMs`: how long it was in
   * the state `before`.
   */
  | { kind: 'up' | 'slow' | 'down'; before: ServiceState['state']; check: Check; checks: number; afterMs: number }
  /** Its certificate expires in `daysLeft` days. */
  | { kind: 'certificate'; daysLeft: number; check: Check };

export interface StateRules {
  /** Consecutive results that are needed for a change; at least 1. */
  confirm: number;
  /** A certificate that expires within this many days is reported. */
  certificateDays: number;
}

/** A certificate is reported again after this long. */
const CERTIFICATE_REPEAT_MS = 24 * 60 * 60_000;

/** The state of a service that was never checked. */
export function unknownState(nowMs: number): ServiceState {
  return { state: 'unknown', sinceMs: nowMs };
}

/** Returns the state after one more check, and the changes to report. Pure: the time is that of the check. */
export function afterCheck(before: ServiceState, check: Check, rules: StateRules): { state: ServiceState; changes: Change[] } {
  const { state, changes } = afterResult(before, check, rules.confirm);
  const { certificateDaysLeft: daysLeft } = check;
  const reportedMs = before.certificateReportedMs;
  const isDue = daysLeft !== undefined && daysLeft <= rules.certificateDays;
  const wasReported = reportedMs !== undefined && check.atMs - reportedMs < CERTIFICATE_REPEAT_MS;
  if (!isDue || wasReported) return { state, changes };
  return { state: { ...state, certificateReportedMs: check.atMs }, changes: [...changes, { kind: 'certificate', daysLeft, check }] };
}

function afterResult(before: ServiceState, check: Check, confirm: number): { state: ServiceState; changes: Change[] } {
  const { doubt, ...settled } = before;
  if (check.found === before.state) return { state: settled, changes: [] };
  const isSame = doubt?.found === check.found;
  const checks = isSame ? doubt.checks + 1 : 1;
  const sinceMs = isSame ? doubt.sinceMs : check.atMs;
  if (before.state !== 'unknown' && checks < confirm) {
    return { state: { ...settled, doubt: { found: check.found, checks, sinceMs } }, changes: [] };
  }
  const change: Change = { kind: check.found, before: before.state, check, checks, afterMs: sinceMs - before.sinceMs };
  return { state: { ...settled, state: check.found, sinceMs }, changes: [change] };
}
