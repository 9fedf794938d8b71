import { EXIT, type ExitCode, exitCodeOfSignal, type StopSignal } from './exit-code.ts';

/** Says whether the command must stop, and why. */
export interface Shutdown {
  /** Aborts at the first SIGINT, SIGTERM or SIGHUP, or when stdout closes. The command then starts nothing new and finishes what is in flight. */
  readonly signal: AbortSignal;
  /** The process signal that was received first, if any. */
  received(): StopSignal | undefined;
  /** Call it when writing to stdout has failed. Also aborts `signal`. */
  closeOutput(error: NodeJS.ErrnoException): void;
  /** True if nothing more can be written to stdout. */
  outputClosed(): boolean;
  /** Why stdout failed. Undefined if its reader just went away (EPIPE). */
  outputFailure(): Error | undefined;
}

/** The part of `process` that this needs. */
interface SignalSource {
  on(signal: StopSignal, listener: () => void): unknown;
}

/** Listens for SIGINT, SIGTERM and SIGHUP. The first one stops the command cleanly; a second one exits at once with 130, 143 or 129. `tell` prints a message for the person who pressed Ctrl-C. */
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

/** The exit code of a command that was stopped. If there was no signal, stdout closed before everything was written. */
export function stoppedCode(shutdown: Shutdown): ExitCode {
  const signal = shutdown.received();
  return signal === undefined ? EXIT.stopped : exitCodeOfSignal(signal);
}
