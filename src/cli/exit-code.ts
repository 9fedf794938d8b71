import type { RunSummary } from '../model/run-summary.ts';

/** What the exit status says. Scripts build on these numbers: they never change their meaning. */
export const EXIT = {
  /** Done, and nothing failed. */
  ok: 0,
  /** Our fault. */
  internal: 1,
  /** The run is complete, and some URLs failed, or another gate did not hold. */
  failed: 2,
  /** The command line, the configuration or an input file is wrong. */
  usage: 3,
  /** Stopped before its end, also because the reader of stdout went away; can be continued. */
  stopped: 4,
  /** The books of the run do not balance: the report cannot be trusted. */
  unbalanced: 5,
  /** Redis cannot be reached or cannot be used. */
  redis: 8,
  /** Its terminal was closed (128 + 1); what was done is saved. */
  sighup: 129,
  /** Interrupted (128 + 2); what was done is saved. */
  sigint: 130,
  /** Terminated (128 + 15); what was done is saved. */
  sigterm: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
export type StopSignal = 'SIGHUP' | 'SIGINT' | 'SIGTERM';

const OF_SIGNAL: Readonly<Record<StopSignal, ExitCode>> = { SIGHUP: EXIT.sighup, SIGINT: EXIT.sigint, SIGTERM: EXIT.sigterm };

/** 128 + the number of the signal, as shells report it. */
export function exitCodeOfSignal(signal: StopSignal): ExitCode {
  return OF_SIGNAL[signal];
}

/** How a run's end is told: a signal before all else, then whether it is whole, then whether it can be trusted, then whether it passed its gates. */
export function exitCodeOfRun(summary: RunSummary, passed: boolean, signal?: StopSignal): ExitCode {
  if (summary.state !== 'ended') return signal === undefined ? EXIT.stopped : exitCodeOfSignal(signal);
  if (!summary.books.balanced) return EXIT.unbalanced;
  return passed ? EXIT.ok : EXIT.failed;
}

/** For a run that is to go with several others: the one that most wants attention. */
export function worstExitCode(codes: readonly ExitCode[]): ExitCode {
  const gravity: readonly ExitCode[] = [
    EXIT.internal,
    EXIT.sigint,
    EXIT.sigterm,
    EXIT.sighup,
    EXIT.unbalanced,
    EXIT.redis,
    EXIT.usage,
    EXIT.stopped,
    EXIT.failed,
  ];
  return gravity.find((code) => codes.includes(code)) ?? EXIT.ok;
}
