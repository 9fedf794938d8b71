import { editDistance } from '../core/edit-distance.ts';

/** Longer names are not compared. */
const MOST_CHARACTERS = 200;
const ENDING = /\.[a-z]+$/;

/** The name that is most like another, if one is close: one letter in four may be wrong, and none in a name of one or two. Case, `_` for `-`, and what is added at the end after a dot count for less. */
export function nearestName(name: string, others: Iterable<string>): string | undefined {
  if (name.length > MOST_CHARACTERS) return undefined;
  const wanted = plain(name);
  let nearest: string | undefined;
  let least = wanted.replace(ENDING, '').length < 3 ? 1 : Math.max(1, Math.floor(name.length / 4)) + 1;
  for (const other of others) {
    const found = plain(other);
    if (found === wanted || found.replace(ENDING, '') === wanted) return other;
    if (Math.abs(found.length - wanted.length) >= least) continue;
    const distance = editDistance(wanted, found);
    if (distance < least) [nearest, least] = [other, distance];
  }
  return nearest;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}
