import type { OutcomeLine } from '../model/lines/outcome-line.ts';
import type { Outcome } from '../model/outcome.ts';
import { judgeCheck } from './check.ts';
import type { CheckMeta } from './check-line.ts';
import type { Service } from './service.ts';
import type { Change, StateRules } from './service-state.ts';
import { unwatched, type Watched, watchedOnce } from './watched.ts';

/** The result of a check's outcome. */
export interface Found {
  service: Service;
  meta: CheckMeta;
  changes: readonly Change[];
}

/** The state of all services of a watch. Its size depends only on their number. */
export class Findings {
  readonly #watched: Watched[];
  readonly #rules: StateRules;
  readonly #accept: string;

  /** @param accept statuses for services that name none, such as `200-299` */
  constructor(services: readonly Service[], rules: StateRules, accept: string, nowMs: number) {
    this.#watched = services.map((service) => unwatched(service, nowMs));
    this.#rules = rules;
    this.#accept = accept;
  }

  /** In the order of the list. */
  get all(): readonly Watched[] {
    return this.#watched;
  }

  /** Adds the outcome of a check. Returns undefined if the outcome does not belong to this watch. */
  take(line: OutcomeLine): Found | undefined {
    const outcome = JSON.parse(line) as Outcome;
    const meta = outcome.meta as unknown as CheckMeta | undefined;
    const before = meta === undefined ? undefined : this.#watched[meta.service];
    if (meta === undefined || before === undefined) return undefined;
    const { service } = before;
    const check = judgeCheck(outcome, service, this.#accept);
    if (check === undefined) return { service, meta, changes: [] };
    const { watched, changes } = watchedOnce(before, check, this.#rules);
    this.#watched[meta.service] = watched;
    return { service, meta, changes };
  }
}
