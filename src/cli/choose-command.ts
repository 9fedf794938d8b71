import { COMMANDS } from '../config/option-table.ts';
import { editDistance } from '../core/edit-distance.ts';

const PROGRAM_WORDS = new Set<string>([...COMMANDS, 'help', '-h', '--help', '-V', '--version']);

/** The arguments with the command that is left out: without one of ours in front they mean `crawl`. `implied` if that was put there. */
export function chooseCommand(args: readonly string[]): { args: readonly string[]; implied: boolean } {
  const [first] = args;
  const implied = first !== undefined && !PROGRAM_WORDS.has(first);
  return { args: implied ? ['crawl', ...args] : args, implied };
}

/** The command that a word was probably meant to be: at most two letters wrong, and no more than half of it, or its beginning. */
export function nearestCommand(word: string): string | undefined {
  const lower = word.toLowerCase();
  const prefixed = lower.length >= 3 ? COMMANDS.find((command) => command.startsWith(lower)) : undefined;
  if (prefixed !== undefined) return prefixed;
  const [nearest] = COMMANDS.map((command) => ({ command, distance: editDistance(lower, command) })).sort(
    (a, b) => a.distance - b.distance,
  );
  return nearest !== undefined && nearest.distance <= Math.min(2, nearest.command.length / 2) ? nearest.command : undefined;
}
