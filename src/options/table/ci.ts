import { GATED } from '../commands.ts';
import type { OptionTable } from '../option-spec.ts';
import { failOn, failureLimit, latencyLimit } from '../parse-gates.ts';
import { text } from '../parse-values.ts';

/** What makes a run fail. */
export const CI = {
  failOn: {
    flag: '--fail-on',
    valueName: 'WHAT',
    default: 'failed',
    common: true,
    scope: 'gates',
    commands: GATED,
    meaning:
      'what counts as a failure (exit 2): none, failed (all failures, and missing fragments), skipped, fragments, or verdicts such as broken,timeout',
    parse: failOn,
  },
  maxFailures: {
    flag: '--max-failures',
    valueName: 'N|P%',
    default: '0',
    common: true,
    scope: 'gates',
    commands: GATED,
    meaning: 'allow N failures (or P% of rows) before exit 2',
    parse: failureLimit,
  },
  maxLatency: {
    flag: '--max-latency',
    valueName: 'PN=T',
    repeatable: true,
    scope: 'gates',
    commands: GATED,
    meaning: 'exit 2 if latency is higher than this, as in p95=800ms or max=5s; repeatable',
    parse: latencyLimit,
  },
  baseline: {
    flag: '--baseline',
    valueName: 'RUN|FILE',
    common: true,
    scope: 'report',
    commands: GATED,
    meaning:
      'earlier run, or its outcome log: URLs that failed there too are marked in every report and do not count; previous is the previous run of the same schedule, or the last run with the same sources',
    parse: text,
  },
  ignoreFile: {
    flag: '--ignore',
    valueName: 'FILE',
    scope: 'report',
    commands: GATED,
    meaning: 'file with URLs whose failures do not count, one per line; * stands for anything',
    parse: text,
  },
} as const satisfies OptionTable;
