import { redisRemedy } from '../../model/redis-refusal.ts';
import { maskUrls } from '../../model/url/without-credentials.ts';
import { visibleLines } from '../../report/shown-text.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';

/** The text printed for an error, and its exit code. */
interface ErrorReport {
  /** With its line end; empty if there is nothing to print. */
  text: string;
  code: ExitCode;
}

/** Errors whose message is written for the person who ran the command: it says what happened and what to do. */
const EXIT_OF_CODE: Readonly<Record<string, ExitCode>> = {
  USAGE: EXIT.usage,
  CONFLICT: EXIT.usage,
  UNKNOWN_RUN: EXIT.usage,
  RUN_CLAIMED: EXIT.usage,
  REDIS_UNAVAILABLE: EXIT.redis,
  COLLECTOR_DISK: EXIT.internal,
  FRONTIER_DISK: EXIT.internal,
  SHORTAGE: EXIT.stopped,
};

/** A full or broken disk, or a limit of the system. These are not bugs, so the message is enough. */
const DISK_CODES = new Set(['ENOSPC', 'EROFS', 'EIO', 'EDQUOT', 'ENFILE']);

/**
 * The text for an error. For an expected error it is the message; an unexpected error is called internal, and `verbose` adds its stack. If the reader of stdout went away (EPIPE), there is no text, but the exit code
 * says that not everything was written. The text is safe to print: invisible characters are escaped, because an error thrown by a module can contain text from a crawled page.
 */
export function reportError(error: unknown, verbose: boolean): ErrorReport {
  const { text, code } = describe(error, verbose);
  return { text: visibleLines(maskUrls(text)), code };
}

function describe(error: unknown, verbose: boolean): ErrorReport {
  if (!(error instanceof Error)) return { text: `trawl: internal error: ${String(error)}\n`, code: EXIT.internal };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'EPIPE') return { text: '', code: EXIT.stopped };
  const exit = EXIT_OF_CODE[code];
  if (exit !== undefined) return { text: `trawl: ${error.message}\n${verbose ? causes(error) : ''}`, code: exit };
  if (error.name === 'MaxRetriesPerRequestError')
    return { text: 'trawl: Redis became unreachable and did not come back in time: start it, then repeat the command\n', code: EXIT.redis };
  const remedy = redisRemedy(error.message);
  if (remedy !== undefined)
    return {
      text: `trawl: Redis refused a command: ${error.message.replace(/\.$/, '')}: ${remedy}\n${verbose ? causes(error) : ''}`,
      code: EXIT.redis,
    };
  if (code === 'EMFILE')
    return { text: `trawl: ${error.message}: raise the limit on open files, for example with \`ulimit -n 1024\`\n`, code: EXIT.internal };
  if (DISK_CODES.has(code)) return { text: `trawl: ${error.message}\n`, code: EXIT.internal };
  const detail = verbose ? `${error.stack ?? ''}\n${causes(error)}` : 'Run it with -v to see where.\n';
  return { text: `trawl: internal error: ${error.message}\n${detail}`, code: EXIT.internal };
}

function causes(error: Error): string {
  return error.cause instanceof Error ? `caused by ${error.cause.stack ?? error.cause.message}\n${causes(error.cause)}` : '';
}
