import { COMMANDS, type Command } from '../options/commands.ts';
import { editDistance } from '../util/edit-distance.ts';

const PROGRAM_WORDS = new Set<string>([...COMMANDS, 'help', '-h', '--help', '-V', '--version']);

/** Adds the command if it was left out: arguments that do not begin with a command mean `crawl`. `implied` is true if it was added. */
export function chooseCommand(args: readonly string[]): { args: readonly string[]; implied: boolean } {
  const [first] = args;
  const implied = first !== undefined && !PROGRAM_WORDS.has(first);
  return { args: implied ? ['crawl', ...args] : args, implied };
}

/** How many letters may be wrong: one in a command of up to four letters, two in longer ones. */
function mostWrong(command: Command): number {
  return command.length <= 4 ? 1 : 2;
}

/** The command that a mistyped word probably means: one that begins with it, or one that differs in a letter or two. */
export function nearestCommand(word: string): string | undefined {
  const lower = word.toLowerCase();
  const prefixed = lower.length >= 3 ? COMMANDS.find((command) => command.startsWith(lower)) : undefined;
  if (prefixed !== undefined) return prefixed;
  const [nearest] = COMMANDS.map((command) => ({ command, distance: editDistance(lower, command) })).sort(
    (a, b) => a.distance - b.distance,
  );
  return nearest !== undefined && nearest.distance <= mostWrong(nearest.command) ? nearest.command : undefined;
}
