import type { SeededRandom } from './seeded-random.ts';

/** Losses that a command may have from the start; the others come as the run progresses. */
const AT_ONCE = 0.2;
const LIKELY = 0.7;
/** A command expected fewer times than this per loss cannot wait for later. */
const RARE = 4;

/**
 * Decides which replies are lost so that each command loses `most` of them, however often it comes. Losses of a frequent command are spread over the run, one that
 * is rare loses its reply nearly every time.
 *
 * @param progress how much of the run is done, from 0 to 1
 * @param lost replies lost so far, by command
 */
export function replyLosses(
  most: number,
  random: SeededRandom,
  progress: () => number,
  lost: ReadonlyMap<string, number>,
): (command: string) => boolean {
  const seen = new Map<string, number>();
  return (command) => {
    const times = (seen.get(command) ?? 0) + 1;
    seen.set(command, times);
    const done = Math.min(1, progress());
    const isRare = done > 0.1 && times / done < RARE * most;
    const due = isRare ? most : Math.max(1, most * (AT_ONCE + (1 - AT_ONCE) * done));
    return (lost.get(command) ?? 0) < Math.min(most, due) && random.next() < LIKELY;
  };
}
