import { format } from 'node:util';
import type { LogEvent } from '../../model/log-events.ts';
import type { ExitCode } from '../exit-code.ts';
import { reportError } from '../messages/print-error.ts';

/** The part of `process` that JSON needs. */
interface NodeProcess {
  removeAllListeners(event: 'warning'): unknown;
  on(event: 'warning', listener: (warning: Error) => void): unknown;
  on(event: 'uncaughtException', listener: (error: unknown) => void): unknown;
  exit(code: number): void;
}

/** The part of `console` that libraries write to. */
type LibraryConsole = Pick<Console, 'warn' | 'error'>;

/**
 * What a command writes to stderr beside its log: messages, and the error that ended it. After `useJson` each is one line in the form of the log, so that a collector of logs
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

  /** From now on all is JSON, also what Node and libraries would print as text: warnings, errors that nobody caught, `console.warn`. May be repeated. */
  useJson(process: NodeProcess, libraries: LibraryConsole): void {
    if (this.#isJson) return;
    this.#isJson = true;
    process.removeAllListeners('warning');
    process.on('warning', ({ name, message }) => this.#line('warn', 'node-warning', `${name}: ${message}`));
    process.on('uncaughtException', (error) => process.exit(this.fail(error, true)));
    libraries.warn = (...values) => this.#line('warn', 'library-message', format(...values));
    libraries.error = (...values) => this.#line('error', 'library-message', format(...values));
  }

  /** A message from the program, which names itself. */
  readonly tell = (message: string): void => {
    if (this.#isJson) this.#line('info', 'message', message);
    else this.#write(`trawl: ${message}\n`);
  };

  /** A line that stands for itself. */
  readonly say = (line: string): void => {
    if (this.#isJson) this.#line('info', 'message', line);
    else this.#write(`${line}\n`);
  };

  /** Text of several lines about a mistake, with its line ends. */
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
