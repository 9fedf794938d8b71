import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { execArgv } from 'node:process';

/**
 * Node's options that a child process must not inherit: the debugger's port, the heap limit, and a program on the
 * command line.
 */
const NOT_INHERITED = /^--(?:inspect|input-type|max-old-space-size|max_old_space_size)/;
const EVALUATE = new Set(['-e', '--eval', '-p', '--print', '-pe']);

/**
 * Starts one of our programs in a child process. Returns the error that `fork` throws if there is no memory. Other failures
 * are emitted by the process as `error`.
 *
 * @param program see `ownProgram`
 * @param heapMb heap limit of its JavaScript, in MB
 */
export function startChild(
  program: string,
  args: readonly string[],
  heapMb: number,
  options: Omit<ForkOptions, 'execArgv'>,
): ChildProcess | Error {
  try {
    return fork(program, args, { ...options, execArgv: childArguments(execArgv, heapMb) });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/**
 * Returns Node's options for a process that runs a module in the same way as this process (with the same loaders), with
 * its own heap limit.
 *
 * @param execArgv Node's options of this process
 */
export function childArguments(execArgv: readonly string[], heapMb: number): string[] {
  const kept = execArgv.filter(
    (argument, at) => !NOT_INHERITED.test(argument) && !EVALUATE.has(argument) && !EVALUATE.has(execArgv[at - 1] ?? ''),
  );
  return [...kept, `--max-old-space-size=${heapMb}`];
}
