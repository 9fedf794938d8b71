import { COMMANDS, type Command } from '../options/commands.ts';
import { editDistance } from '../util/edit-distance.ts';

const PROGRAM_WORDS = new Set<string>([...COMMANDS, 'help', '-h', '--help', '-V', '--version']);

/** The arguments with the command that is left out: without one of ours in front they mean `crawl`. `implied` if that was put there. */
export function chooseCommand(args: readonly string[]): { args: readonly string[]; implied: boolean } {
  const [first] = args;
  const implied = first !== undefined && !PROGRAM_WORDS.has(first);
  return { args: implied ? ['crawl', ...args] : args, implied };
}

/** Of a command of up to four letters one may be wrong, of others two. */
function mostWrong(command: Command): number {
  return command.length <= 4 ? 1 : 2;
}

/** The command that a word was probably meant to be: its beginning, or nearly it. */
export function nearestCommand(word: string): string | undefined {
  const lower = word.toLowerCase();
  const prefixed = lower.length >= 3 ? COMMANDS.find((command) => command.startsWith(lower)) : undefined;
  if (prefixed !== undefined) return prefixed;
  const [nearest] = COMMANDS.map((command) => ({ command, distance: editDistance(lower, command) })).sort(
    (a, b) => a.distance - b.distance,
  );
  return nearest !== undefined && nearest.distance <= mostWrong(nearest.command) ? nearest.command : undefined;
}
