import { pino } from 'pino';
import type { ProcessOptions } from '../config/load-config.ts';
import type { Log } from '../core/log.ts';
import { maskUrls } from '../core/without-credentials.ts';
import { logLineText } from './log-line.ts';

/** A log for people, or with `logFormat` json for machines. `normal` is the level without -q or -v: services say more than commands. */
export function createLog(
  options: Pick<ProcessOptions, 'verbosity' | 'logFormat'>,
  normal: 'info' | 'warn',
  write: (line: string) => void,
): Log {
  const level = { quiet: 'warn', normal, verbose: 'debug' }[options.verbosity];
  const settings = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: essence, error: essence },
  };
  const form = options.logFormat === 'json' ? (line: string) => line : (line: string) => logLineText(line, level === 'debug');
  return pino(settings, { write: (line: string) => write(form(maskUrls(line))) });
}

/** Of an error no more than this: some carry the whole command that failed, with all of its data. */
function essence(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack } = error;
  return { name, message, ...('code' in error && { code: error.code }), stack };
}
