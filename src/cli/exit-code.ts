import type { RunSummary } from '../model/run-summary.ts';

/** The exit codes. Scripts rely on these numbers, so their meanings never change. */
export const EXIT = {
  /** Done, and nothing failed. */
  ok: 0,
  /** A bug in Trawl, or a failure of this machine, such as a full disk. */
  internal: 1,
  /** The run is complete, but URLs failed or another gate did not pass. */
  failed: 2,
  /** The command line, the configuration or an input file is wrong. */
  usage: 3,
  /** Stopped before the end of the run, for example because the reader of stdout went away. The run can be continued. */
  stopped: 4,
  /** The counts of the run do not balance, so the report cannot be trusted. */
  unbalanced: 5,
  /** Redis is unreachable or unusable. */
  redis: 8,
  /** The terminal was closed (128 + 1). Finished work is saved. */
  sighup: 129,
  /** Interrupted (128 + 2). Finished work is saved. */
  sigint: 130,
  /** Terminated (128 + 15). Finished work is saved. */
  sigterm: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
export type StopSignal = 'SIGHUP' | 'SIGINT' | 'SIGTERM';

const OF_SIGNAL: Readonly<Record<StopSignal, ExitCode>> = { SIGHUP: EXIT.sighup, SIGINT: EXIT.sigint, SIGTERM: EXIT.sigterm };

/** 128 + the number of the signal, the convention of shells. */
export function exitCodeOfSignal(signal: StopSignal): ExitCode {
  return OF_SIGNAL[signal];
}

/** The exit code for a run. For a run that has not ended, it is the signal that stopped it, or `stopped`. For a run that has ended, unbalanced counts come before gates. */
export function exitCodeOfRun(summary: RunSummary, passed: boolean, signal?: StopSignal): ExitCode {
  if (summary.state !== 'ended') return signal === undefined ? EXIT.stopped : exitCodeOfSignal(signal);
  if (!summary.books.balanced) return EXIT.unbalanced;
  return passed ? EXIT.ok : EXIT.failed;
}

/** The exit code for several runs: the most serious of theirs. */
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
