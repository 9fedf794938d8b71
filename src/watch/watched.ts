import type { Check } from './check.ts';
import type { Service } from './service.ts';
import { afterCheck, type Change, type ServiceState, type StateRules, unknownState } from './service-state.ts';

/** How many of the last checks are kept, for the table. */
const MAX_LAST_CHECKS = 20;

/** A service with its results in this watch so far. Its size is bounded. */
export interface Watched {
  service: Service;
  state: ServiceState;
  checks: number;
  /** How many checks found it up or slow. */
  answered: number;
  /** The last checks, newest last; at most 20. */
  last: readonly Check[];
}

/** A service that was never checked. */
export function unwatched(service: Service, nowMs: number): Watched {
  return { service, state: unknownState(nowMs), checks: 0, answered: 0, last: [] };
}

/** Returns the service after one more check, and the changes to report. */
export function watchedOnce(before: Watched, check: Check, rules: StateRules): { watched: Watched; changes: Change[] } {
  const { state, changes } = afterCheck(before.state, check, rules);
  const watched = {
    service: before.service,
    state,
    checks: before.checks + 1,
    answered: before.answered + (check.found === 'down' ? 0 : 1),
    last: [...before.last, check].slice(-MAX_LAST_CHECKS),
  };
  return { watched, changes };
}
