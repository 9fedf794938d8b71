import { EXIT, type ExitCode, exitCodeOfSignal, type StopSignal } from './exit-code.ts';

/** Why and whether to stop. */
export interface Shutdown {
  /** Aborts at the first SIGINT, SIGTERM or SIGHUP, or when stdout closes: take nothing new, finish what is in flight. */
  readonly signal: AbortSignal;
  /** The signal that asked for it, if one did. */
  received(): StopSignal | undefined;
  /** Stdout failed, for good: asks for the same. */
  closeOutput(error: NodeJS.ErrnoException): void;
  /** Nothing can be written to stdout any more. */
  outputClosed(): boolean;
  /** Why not, unless its reader merely went away. */
  outputFailure(): Error | undefined;
}

/** The part of `process` that this needs. */
interface SignalSource {
  on(signal: StopSignal, listener: () => void): unknown;
}

/** Listens for SIGINT, SIGTERM and SIGHUP: the first stops in order, a second one forces the exit with 130, 143 or 129. `tell` is for the person who pressed Ctrl-C. */
export function listenForSignals(source: SignalSource, tell: (message: string) => void, exit: (code: number) => void): Shutdown {
  const controller = new AbortController();
  let first: StopSignal | undefined;
  let closed: NodeJS.ErrnoException | undefined;
  const receive = (signal: StopSignal) => {
    if (first !== undefined) return exit(exitCodeOfSignal(signal));
    first = signal;
    tell(`${signal}: finishing what is in flight; once more forces the end`);
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
