import { FETCHES, JUDGES_LINKS, NAMES_RUNS, PLANS_RUNS } from '../commands.ts';
import { duration, SWITCH, wholeNumber } from '../kinds.ts';
import type { OptionTable } from '../option-spec.ts';
import { integer } from '../parse-values.ts';

/** Limits for requests to one site. */
export const POLITENESS = {
  hostConcurrency: {
    flag: '--host-concurrency',
    valueName: 'N',
    default: '10',
    common: true,
    scope: 'run',
    commands: PLANS_RUNS,
    meaning: 'requests in flight to one origin (scheme, host and port) at a time, in the whole cluster; at least 1',
    ...wholeNumber(1),
  },
  hostIntervalMs: {
    flag: '--host-interval',
    valueName: 'T',
    default: '0',
    common: true,
    scope: 'run',
    commands: PLANS_RUNS,
    meaning: 'minimum time between the starts of two requests to one origin, in the whole cluster: a number with ms, s or m',
    ...duration(0),
  },
  robots: {
    flag: '--robots',
    scope: 'run',
    combined: true,
    commands: NAMES_RUNS,
    meaning: 'obey robots.txt, Crawl-delay and nofollow even without --depth; with --depth they are obeyed anyway',
    ...SWITCH,
  },
  noRobots: {
    flag: '--no-robots',
    scope: 'run',
    combined: true,
    commands: JUDGES_LINKS,
    meaning: 'ignore robots.txt and nofollow',
    ...SWITCH,
  },
  concurrency: {
    flag: '--concurrency',
    short: '-c',
    valueName: 'N',
    env: 'TRAWL_CONCURRENCY',
    default: '10',
    common: true,
    scope: 'process',
    commands: [...FETCHES, 'plan'],
    meaning: 'requests in flight at a time, in all processes of this command together; at least 1',
    parse: integer(1, 100_000),
  },
} as const satisfies OptionTable;
