import type { Parsed } from '../model/parsed.ts';
import type { Command } from './commands.ts';
import type { Kind } from './kinds.ts';

/** The declaration of an option: everything that parsing, help, documentation and the configuration need. */
export interface OptionSpec<T = unknown> {
  /** The long flag. Absent if only the environment can set it. */
  flag?: `--${string}`;
  short?: `-${string}`;
  /** The placeholder for the value in help. Absent for a switch. */
  valueName?: string;
  env?: string;
  /** An environment variable that other software uses too. It is read after `env`, and only by these commands. */
  sharedEnv?: { name: string; commands: readonly Command[] };
  /** The default, as written on the command line; absent if there is none. */
  default?: string;
  /** Different defaults of some commands. */
  otherDefaults?: Partial<Record<Command, string>>;
  repeatable?: true;
  /** It takes no value, and is false if it is not given. */
  isSwitch?: true;
  /** The part of the configuration that gets the value. */
  scope: Scope;
  /** The name of the field there, if it is not the name of the option. */
  field?: string;
  /** It has no field of its own: `load-config.ts` combines it with other options. */
  combined?: true;
  /** Listed by `--help`. Other options are listed only by `--help --all`. */
  common?: true;
  commands: readonly Command[];
  /** Meaning, unit and minimum, as help prints it. */
  meaning: string;
  parse(text: string): Parsed<T>;
}

/** The part of the configuration. `run` is stored with the run, and environment variables cannot set it. The others stay in this process. */
export type Scope = 'run' | 'process' | 'reading' | 'proxies' | 'redisTls' | 'report' | 'gates' | 'watch' | 'serve' | 'prune' | 'schedule';

/** A run option with a field of its own needs a kind, because its value is also read from JSON. */
type Declared =
  | (OptionSpec & { scope: 'run'; combined?: never } & Kind)
  | (OptionSpec & { scope: 'run'; combined: true })
  | (OptionSpec & { scope: Exclude<Scope, 'run'> });

/** The options under one heading of help, by name. */
export type OptionTable = Readonly<Record<string, Declared>>;
