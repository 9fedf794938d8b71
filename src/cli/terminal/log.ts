import { createRequire } from 'node:module';
import type { Log } from '../../model/log.ts';
import { maskUrls } from '../../model/url/without-credentials.ts';
import type { ProcessOptions } from '../../options/load-config.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/**
 * A log for people or, with `logFormat` json, for machines. `normal` is the level without -q or -v; it is lower for services than for commands.
 * Only the JSON form has the event's code, and the fields of `base` in each line.
 * pino is loaded when the first line is written, because most crawls log nothing.
 */
export function createLog(
  options: Pick<ProcessOptions, 'verbosity' | 'logFormat'>,
  normal: 'info' | 'warn',
  write: (line: string) => void,
  base: { worker?: string } = {},
): Log {
  const level = ({ quiet: 'warn', normal, verbose: 'debug' } as const)[options.verbosity];
  let opened: Log | undefined;
  const open = () => {
    opened ??= openPino(level, options.logFormat === 'json' ? base : {}, (line) => write(form(maskUrls(line))));
    return opened;
  };
  const form = options.logFormat === 'json' ? (line: string) => line : (line: string) => logLineText(line, level === 'debug');
  const lineOf = (name: keyof Log): Log[keyof Log] =>
    LEVELS.indexOf(name) < LEVELS.indexOf(level) ? () => {} : (fields, message) => open()[name](fields, message);
  return { debug: lineOf('debug'), info: lineOf('info'), warn: lineOf('warn'), error: lineOf('error') };
}

function openPino(level: (typeof LEVELS)[number], base: object, write: (line: string) => void): Log {
  const { pino } = createRequire(import.meta.url)('pino') as typeof import('pino');
  const settings = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: (fields: object) => ({ ...base, ...fields }) },
    serializers: { err: essence, error: essence },
  };
  return pino(settings, { write });
}

/** The fields of an error that are logged. Others are dropped, because some errors contain the whole command that failed, with all its data. */
function essence(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack } = error;
  return { name, message, ...('code' in error && { code: error.code }), stack };
}

/** A line of the JSON log as text: `10:15:00Z warn  message key=value`. With `stacks`, the stack of an error follows. */
export function logLineText(json: string, stacks: boolean): string {
  const { level, time, msg, event: _, ...fields } = JSON.parse(json) as { level: string; time: string; msg?: string; event?: string };
  const words = [`${time.slice(11, 19)}Z`, level.padEnd(5), msg ?? ''];
  const traces: string[] = [];
  for (const [key, value] of Object.entries<unknown>(fields)) {
    const error = asError(value);
    words.push(error === undefined ? `${key}=${plain(value)}` : `error=${plain(error.message)}`);
    if (stacks && error?.stack !== undefined) traces.push(`${error.stack.split('\n').map(visible).join('\n')}\n`);
  }
  return `${visible(words.join(' '))}\n${traces.join('')}`;
}

function asError(value: unknown): { message: string; stack?: string } | undefined {
  const isError = typeof value === 'object' && value !== null && 'message' in value && 'stack' in value;
  return isError ? (value as { message: string; stack?: string }) : undefined;
}

/** A single word is shown as it is, any other value as JSON. */
function plain(value: unknown): string {
  return typeof value === 'string' && /^[^\s"]+$/.test(value) ? value : JSON.stringify(value);
}

/** Escapes control characters, because messages can contain text from a server, and it must not control the terminal. */
function visible(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
