import { COMMANDS, type Command } from './commands.ts';
import type { OptionSpec } from './option-spec.ts';
import { OPTIONS, type OptionKey, optionsOf } from './option-table.ts';

/** Options that make sense only for a single invocation, so a configuration file cannot set them. */
const NOT_IN_FILES: readonly OptionKey[] = ['run', 'continueRun', 'ofRun', 'fromUrls', 'configFile', 'dryRun', 'interrupted', 'cron'];

/** The name of an option in a configuration file: `hostInterval` of `--host-interval`. Undefined if a file cannot set it. */
export function nameInFile(key: OptionKey): string | undefined {
  const { flag }: OptionSpec = OPTIONS[key];
  if (flag === undefined || NOT_IN_FILES.includes(key)) return undefined;
  return flag.slice(2).replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The options of a command that a file can set, by their names. */
export function namedOptions(command: Command): ReadonlyMap<string, OptionKey> {
  return new Map(
    optionsOf(command).flatMap(([key]) => {
      const name = nameInFile(key);
      return name === undefined ? [] : [[name, key] as const];
    }),
  );
}

/** Every name that a file can use, whatever the command. */
export function allNames(): string[] {
  return [...new Set(COMMANDS.flatMap((command) => [...namedOptions(command).keys()]))].sort();
}

/** A flag from the command line. `text` is empty for a switch. */
export interface GivenFlag {
  key: OptionKey;
  text: string;
}
