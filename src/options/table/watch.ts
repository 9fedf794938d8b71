import type { OptionTable } from '../option-spec.ts';
import { durationMs, integer } from '../parse-values.ts';

/** How services are watched. */
export const WATCH = {
  everyMs: {
    flag: '--every',
    valueName: 'T',
    default: '30s',
    common: true,
    scope: 'watch',
    commands: ['watch'],
    meaning: 'time from the start of one round of checks to the next; at least 100ms',
    parse: durationMs(100),
  },
  times: {
    flag: '--times',
    valueName: 'N',
    common: true,
    scope: 'watch',
    commands: ['watch'],
    meaning: 'stop after N rounds (default: until Ctrl-C, SIGTERM or SIGHUP)',
    parse: integer(1),
  },
  confirm: {
    flag: '--confirm',
    valueName: 'N',
    default: '2',
    scope: 'watch',
    commands: ['watch'],
    meaning: 'consecutive checks before a state change is reported',
    parse: integer(1, 1_000),
  },
  certificateDays: {
    flag: '--cert-days',
    valueName: 'N',
    default: '14',
    scope: 'watch',
    commands: ['watch'],
    meaning: 'warn about certificates that expire within N days, at most once a day',
    parse: integer(0, 10_000),
  },
} as const satisfies OptionTable;
