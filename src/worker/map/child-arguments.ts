/** Node's options that mean the program that is run, and not those that it starts: its debugger's port, and a program on the command line. */
const OWN = /^--(?:inspect|input-type|max-old-space-size|max_old_space_size)/;
const EVALUATES = new Set(['-e', '--eval', '-p', '--print', '-pe']);

/**
 * Node's options for a process that is to run a module as this one does (with the same loaders), within a heap of its own.
 *
 * @param execArgv those of this process
 */
export function childArguments(execArgv: readonly string[], heapMb: number): string[] {
  const kept = execArgv.filter((argument, at) => !OWN.test(argument) && !EVALUATES.has(argument) && !EVALUATES.has(execArgv[at - 1] ?? ''));
  return [...kept, `--max-old-space-size=${heapMb}`];
}
