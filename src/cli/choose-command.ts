import { COMMANDS } from '../config/option-table.ts';

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

/** Letters to insert, delete, replace or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replaced, swapped ? at(i - 2, j - 2) + 1 : replaced));
    }
  }
  return at(a.length, b.length);
}
