import type { Check } from './check.ts';
import type { Service } from './service.ts';
import { afterCheck, type Change, type ServiceState, type StateRules, unknownState } from './service-state.ts';

/** Checks of which the table shows each. */
const SHOWN_CHECKS = 20;

/** A service with what this watch found so far. Its size does not grow. */
export interface Watched {
  service: Service;
  state: ServiceState;
  checks: number;
  /** Of those, the ones that found it up, slow or not. */
  answered: number;
  /** The last ones, the newest last; at most SHOWN_CHECKS. */
  last: readonly Check[];
}

/** Of a service that was never checked. */
export function unwatched(service: Service, nowMs: number): Watched {
  return { service, state: unknownState(nowMs), checks: 0, answered: 0, last: [] };
}

/** The service after one more check, and what is to be said about it. */
export function watchedOnce(before: Watched, check: Check, rules: StateRules): { watched: Watched; changes: Change[] } {
  const { state, changes } = afterCheck(before.state, check, rules);
  const watched = {
    service: before.service,
    state,
    checks: before.checks + 1,
    answered: before.answered + (check.found === 'down' ? 0 : 1),
    last: [...before.last, check].slice(-SHOWN_CHECKS),
  };
  return { watched, changes };
}
