import type { Parsed } from '../model/parsed.ts';
import type { Command } from './commands.ts';
import type { Kind } from './kinds.ts';

/** One option: all that parsing, help, documentation and the configuration know about it. */
export interface OptionSpec<T = unknown> {
  /** The long flag. Absent if only the environment can set it. */
  flag?: `--${string}`;
  short?: `-${string}`;
  /** What stands for the value in help. Absent for a switch. */
  valueName?: string;
  env?: string;
  /** A name shared with other software, read after `env`, and only by the commands named. */
  sharedEnv?: { name: string; commands: readonly Command[] };
  /** As it would be written on the command line; absent if there is none. */
  default?: string;
  /** Commands whose default is another. */
  otherDefaults?: Partial<Record<Command, string>>;
  repeatable?: true;
  /** It takes no value, and is false if it is not given. */
  isSwitch?: true;
  /** The part of the configuration that gets the value. */
  scope: Scope;
  /** The name of the field there, if it is not the name of the option. */
  field?: string;
  /** It is not a field by itself: `load-config.ts` combines it with other options. */
  combined?: true;
  /** Listed by `--help`; the others only by `--help --all`. */
  common?: true;
  commands: readonly Command[];
  /** Meaning, unit and minimum, as help prints it. */
  meaning: string;
  parse(text: string): Parsed<T>;
}

/** `run` travels with the run, and no environment changes it. The others stay in this process. */
export type Scope = 'run' | 'process' | 'reading' | 'proxies' | 'redisTls' | 'report' | 'gates' | 'watch' | 'serve' | 'prune' | 'schedule';

/** A run option that is a field by itself has a kind, because its value is also read from JSON. */
type Declared =
  | (OptionSpec & { scope: 'run'; combined?: never } & Kind)
  | (OptionSpec & { scope: 'run'; combined: true })
  | (OptionSpec & { scope: Exclude<Scope, 'run'> });

/** The options under one heading of help, by name. */
export type OptionTable = Readonly<Record<string, Declared>>;
