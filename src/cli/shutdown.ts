import { EXIT, type ExitCode, exitCodeOfSignal, type StopSignal } from './exit-code.ts';

/** Whether to stop, and why. */
export interface Shutdown {
  /** Aborts at the first SIGINT, SIGTERM or SIGHUP, or when stdout closes: take nothing new, finish what is in flight. */
  readonly signal: AbortSignal;
  /** The signal that caused it, if one did. */
  received(): StopSignal | undefined;
  /** Stdout failed for good, which also aborts `signal`. */
  closeOutput(error: NodeJS.ErrnoException): void;
  /** Nothing more can be written to stdout. */
  outputClosed(): boolean;
  /** The reason, unless its reader merely went away. */
  outputFailure(): Error | undefined;
}

/** The part of `process` that this needs. */
interface SignalSource {
  on(signal: StopSignal, listener: () => void): unknown;
}

/** Listens for SIGINT, SIGTERM and SIGHUP: the first stops cleanly, a second one forces the exit with 130, 143 or 129. `tell` is for the person who pressed Ctrl-C. */
export function listenForSignals(source: SignalSource, tell: (message: string) => void, exit: (code: number) => void): Shutdown {
  const controller = new AbortController();
  let first: StopSignal | undefined;
  let closed: NodeJS.ErrnoException | undefined;
  const receive = (signal: StopSignal) => {
    if (first !== undefined) return exit(exitCodeOfSignal(signal));
    first = signal;
    tell(`${signal}: finishing requests in flight; ${signal === 'SIGINT' ? 'press Ctrl-C again' : 'send a signal again'} to force quit`);
    controller.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) source.on(signal, () => receive(signal));
  return {
    signal: controller.signal,
    received: () => first,
    closeOutput(error) {
      closed ??= error;
      controller.abort();
    },
    outputClosed: () => closed !== undefined,
    outputFailure: () => (closed?.code === 'EPIPE' ? undefined : closed),
  };
}

/** The exit code of a command that was stopped. Without a signal it was stdout that closed, before all was written. */
export function stoppedCode(shutdown: Shutdown): ExitCode {
  const signal = shutdown.received();
  return signal === undefined ? EXIT.stopped : exitCodeOfSignal(signal);
}
