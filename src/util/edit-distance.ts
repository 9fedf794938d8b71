/**
 * The edit distance between two words: how many letters must be inserted, deleted, replaced or swapped with their
 * neighbour to turn one into the other (optimal string alignment).
 *
 * @param most the largest distance of interest. For larger ones the result is `most + 1`. The time is proportional to
 *   `most` times the length of the words.
 */
export function editDistance(a: string, b: string, most = Math.max(a.length, b.length)): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  const shorter = Math.min(a.length, b.length);
  let prefix = 0;
  while (prefix < shorter && a.charCodeAt(prefix) === b.charCodeAt(prefix)) prefix++;
  return prefix === 0 ? distanceOf(a, b, most) : distanceOf(a.slice(prefix), b.slice(prefix), most);
}

function distanceOf(a: string, b: string, most: number): number {
  const columns = b.length + 1;
  let [beforeLast, last, row] = [
    new Array<number>(columns).fill(0),
    Array.from({ length: columns }, (_, j) => j),
    new Array<number>(columns).fill(0),
  ];
  let lastMinimum = 0;
  for (let i = 1; i <= a.length; i++) {
    // Cells further from the diagonal are always larger than `most`, so they are not computed.
    const [from, to] = [Math.max(1, i - most), Math.min(b.length, i + most)];
    row[from - 1] = from === 1 ? i : most + 1;
    let minimum = row[from - 1] as number;
    for (let j = from; j <= to; j++) {
      const isSame = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let distance = Math.min((last[j] as number) + 1, (row[j - 1] as number) + 1, (last[j - 1] as number) + (isSame ? 0 : 1));
      const isSwapped = i > 1 && j > 1 && a.charCodeAt(i - 1) === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === b.charCodeAt(j - 1);
      if (isSwapped) distance = Math.min(distance, (beforeLast[j - 2] as number) + 1);
      row[j] = distance;
      if (distance < minimum) minimum = distance;
    }
    if (to < b.length) row[to + 1] = most + 1;
    // A swap uses the row before the last one, so both rows must exceed the limit before we can stop.
    if (minimum > most && lastMinimum > most) return most + 1;
    [beforeLast, last, row, lastMinimum] = [last, row, beforeLast, minimum];
  }
  return Math.min(last[b.length] as number, most + 1);
}
