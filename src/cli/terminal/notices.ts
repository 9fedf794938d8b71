import { format } from 'node:util';
import type { LogEvent } from '../../model/log-events.ts';
import type { ExitCode } from '../exit-code.ts';
import { reportError } from '../messages/print-error.ts';

/** The part of `process` that `useJson` needs. */
interface NodeProcess {
  removeAllListeners(event: 'warning'): unknown;
  on(event: 'warning', listener: (warning: Error) => void): unknown;
  on(event: 'uncaughtException', listener: (error: unknown) => void): unknown;
  exit(code: number): void;
}

/** The part of `console` that libraries write to. */
type LibraryConsole = Pick<Console, 'warn' | 'error'>;

/**
 * Writes what a command prints on stderr in addition to its log: messages, and the error that ended it. After `useJson`, each of them is one line in the form of the JSON log, so that a log collector
 * can parse all of stderr.
 */
export class Notices {
  readonly #write: (text: string) => void;
  readonly #nowMs: () => number;
  #isJson = false;

  constructor(write: (text: string) => void, nowMs: () => number) {
    this.#write = write;
    this.#nowMs = nowMs;
  }

  /** Makes everything JSON from now on, including what Node and libraries print: warnings, uncaught errors and `console.warn`. May be called again. */
  useJson(process: NodeProcess, libraries: LibraryConsole): void {
    if (this.#isJson) return;
    this.#isJson = true;
    process.removeAllListeners('warning');
    process.on('warning', ({ name, message }) => this.#line('warn', 'node-warning', `${name}: ${message}`));
    process.on('uncaughtException', (error) => process.exit(this.fail(error, true)));
    libraries.warn = (...values) => this.#line('warn', 'library-message', format(...values));
    libraries.error = (...values) => this.#line('error', 'library-message', format(...values));
  }

  /** Prints a message, after the name of the program. */
  readonly tell = (message: string): void => {
    if (this.#isJson) this.#line('info', 'message', message);
    else this.#write(`trawl: ${message}\n`);
  };

  /** Prints a line as it is. */
  readonly say = (line: string): void => {
    if (this.#isJson) this.#line('info', 'message', line);
    else this.#write(`${line}\n`);
  };

  /** Prints an error text of one or more lines, which includes its line ends. */
  readonly complain = (text: string): void => {
    if (this.#isJson) {
      const message = withoutName(text);
      if (message !== '') this.#line('error', 'command-failed', message);
    } else this.#write(text);
  };

  /** Reports the error that ended the command. Returns the exit code. */
  fail(error: unknown, verbose: boolean): ExitCode {
    const { text, code } = reportError(error, verbose);
    if (text !== '') this.complain(text);
    return code;
  }

  #line(level: 'info' | 'warn' | 'error', event: LogEvent, message: string): void {
    this.#write(`${JSON.stringify({ level, time: new Date(this.#nowMs()).toISOString(), event, msg: message })}\n`);
  }
}

function withoutName(text: string): string {
  return text.trim().replace(/^trawl: /, '');
}
