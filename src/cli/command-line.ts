import { Command as CommanderCommand, CommanderError, Option } from 'commander';
import { maskUrls } from '../model/url/without-credentials.ts';
import { COMMANDS, type Command } from '../options/commands.ts';
import type { GivenFlag } from '../options/option-name.ts';
import type { OptionSpec } from '../options/option-spec.ts';
import { defaultOf, environmentNames, groupOf, OPTION_GROUPS, optionsOf } from '../options/option-table.ts';
import { VERSION } from '../options/product.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { COMMAND_TEXTS } from './messages/command-texts.ts';

/** What the command line asks for. `answered`: it asked for help or the version, or had a mistake, and the answer has been printed. */
export type CommandLine =
  | { kind: 'command'; command: Command; words: readonly string[]; flags: readonly GivenFlag[] }
  | { kind: 'answered'; code: ExitCode };

interface Printer {
  out(text: string): void;
  err(text: string): void;
  /** Width for wrapping help; 80 without a terminal. */
  columns: number;
}

/** Help lists all options of a command that has no more than this. */
const FEW_OPTIONS = 16;
/** `--help --all` lists every option. */
const ALL = '--all';

/** Reads the arguments after `trawl`. The values of flags stay texts; `loadConfig` validates all of them at once. */
export function readCommandLine(args: readonly string[], printer: Printer): CommandLine {
  let line: CommandLine = { kind: 'answered', code: EXIT.usage };
  const program = baseProgram(printer);
  const named = COMMANDS.filter((command) => command === args[0]);
  // Declaring all commands with their options would take a tenth of the time of a short crawl.
  for (const command of named.length === 0 ? COMMANDS : named) {
    addCommand(program, command, { ...printer, everyOption: args.includes(ALL) }, (words, flags) => {
      line = { kind: 'command', command, words, flags };
    });
  }
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { kind: 'answered', code: error.exitCode === 0 ? EXIT.ok : EXIT.usage };
  }
  return line;
}

function baseProgram(printer: Printer): CommanderCommand {
  return new CommanderCommand('trawl')
    .description('A queue-backed distributed crawler: one report row for every URL, on a laptop or a cluster.')
    .usage('[COMMAND] [options] [SOURCE...]')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [COMMAND]', 'show the help of a command')
    .exitOverride()
    .configureHelp({ optionTerm: (option) => option.flags.replaceAll(/[<>]/g, '') })
    .configureOutput({
      writeOut: printer.out,
      writeErr: printer.err,
      getOutHelpWidth: () => printer.columns,
      getErrHelpWidth: () => printer.columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: (text, write) => write(maskUrls(text.replace(/^error: /, 'trawl: '))),
    })
    .addHelpText('after', '\ntrawl COMMAND --help lists the options of a command.');
}

function addCommand(
  program: CommanderCommand,
  name: Command,
  { columns, everyOption }: Printer & { everyOption: boolean },
  found: (words: readonly string[], flags: readonly GivenFlag[]) => void,
): void {
  const text = COMMAND_TEXTS[name];
  const flags: GivenFlag[] = [];
  const command = program
    .command(name)
    .summary(text.summary)
    .helpGroup(`${text.group}:`)
    .description(text.description)
    .showHelpAfterError(`trawl ${name} --help lists the options`);
  if (text.words !== '') command.arguments(text.words);
  command.usage(['[options]', text.words].join(' ').trim());
  const options = optionsOf(name).filter(([, spec]) => spec.flag !== undefined);
  const listsAll = everyOption || options.length <= FEW_OPTIONS;
  for (const [key, spec] of inGroups(options)) {
    const option = toCommander(spec, name).hideHelp(!listsAll && !spec.common);
    option.helpGroupHeading = `${OPTION_GROUPS[groupOf(key)]}:`;
    // The event preserves the order of options, which -f and -o need.
    command.addOption(option).on(`option:${option.name()}`, (given: string | null) => flags.push({ key, text: given ?? '' }));
  }
  command.addHelpText('after', listsAll ? variablesHelp(command, name, columns) : '');
  const examples = text.examples.map((example) => `\n  ${example}`).join('');
  const more = listsAll
    ? ''
    : `\n\ntrawl ${name} --help ${ALL} lists ${options.length - options.filter(([, { common }]) => common).length} more options.`;
  command.addHelpText('after', `\nExamples:${examples}${more}`);
  command.action(() => found(command.args, flags));
}

function toCommander(spec: OptionSpec, command: Command): Option {
  const names = spec.short === undefined ? `${spec.flag}` : `${spec.short}, ${spec.flag}`;
  const form = spec.valueName === undefined ? names : `${names} <${spec.valueName}>`;
  return new Option(form, describe(spec, command, environmentNames(spec, command)));
}

/** Sorts options by the order of their headings; under each heading, the most used options come first. */
function inGroups(options: ReturnType<typeof optionsOf>): ReturnType<typeof optionsOf> {
  const groups = Object.keys(OPTION_GROUPS);
  const rank = ([key, { common }]: (typeof options)[number]) => 2 * groups.indexOf(groupOf(key)) + (common ? 0 : 1);
  return [...options].sort((a, b) => rank(a) - rank(b));
}

/** The meaning of an option, its default, and the environment variables that set it. */
function describe(spec: OptionSpec, command: Command, environment: readonly string[]): string {
  const standard = defaultOf(spec, command);
  const facts = [
    ...(standard === undefined ? [] : [`default: ${standard}`]),
    ...(environment.length === 0 ? [] : [`env: ${environment.join(', then ')}`]),
  ];
  return facts.length === 0 ? spec.meaning : `${spec.meaning} (${facts.join('; ')})`;
}

/** The options that only the environment can set. */
function variablesHelp(command: CommanderCommand, name: Command, columns: number): string {
  const help = command.createHelp();
  help.helpWidth = columns;
  const unflagged = optionsOf(name)
    .filter(([, spec]) => spec.flag === undefined)
    .map(([, spec]) => ({ names: environmentNames(spec, name).join(', '), meaning: describe(spec, name, []) }));
  const widest = Math.max(...unflagged.map(({ names }) => names.length));
  const variables = unflagged.map(({ names, meaning }) => help.formatItem(names, widest, meaning, help));
  return ['', 'Environment variables without an option (also in .env):', ...variables].join('\n');
}
