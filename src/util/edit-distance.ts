/**
 * Letters to insert, delete, replace or swap with their neighbour, to make one word of the other (optimal string alignment).
 *
 * @param most a larger distance is not worked out: `most + 1` is returned for it, in time proportional to `most` times the length
 */
export function editDistance(a: string, b: string, most = Math.max(a.length, b.length)): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  const shortest = Math.min(a.length, b.length);
  let same = 0;
  while (same < shortest && a.charCodeAt(same) === b.charCodeAt(same)) same++;
  return same === 0 ? distanceOf(a, b, most) : distanceOf(a.slice(same), b.slice(same), most);
}

function distanceOf(a: string, b: string, most: number): number {
  const columns = b.length + 1;
  let [beforeLast, last, row] = [
    new Array<number>(columns).fill(0),
    Array.from({ length: columns }, (_, j) => j),
    new Array<number>(columns).fill(0),
  ];
  let lastLeast = 0;
  for (let i = 1; i <= a.length; i++) {
    // Cells further from the diagonal are larger than `most`.
    const [from, to] = [Math.max(1, i - most), Math.min(b.length, i + most)];
    row[from - 1] = from === 1 ? i : most + 1;
    let least = row[from - 1] as number;
    for (let j = from; j <= to; j++) {
      const isSame = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let distance = Math.min((last[j] as number) + 1, (row[j - 1] as number) + 1, (last[j - 1] as number) + (isSame ? 0 : 1));
      const isSwapped = i > 1 && j > 1 && a.charCodeAt(i - 1) === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === b.charCodeAt(j - 1);
      if (isSwapped) distance = Math.min(distance, (beforeLast[j - 2] as number) + 1);
      row[j] = distance;
      if (distance < least) least = distance;
    }
    if (to < b.length) row[to + 1] = most + 1;
    // A swap looks back two rows: both must be beyond reach.
    if (least > most && lastLeast > most) return most + 1;
    [beforeLast, last, row, lastLeast] = [last, row, beforeLast, least];
  }
  return Math.min(last[b.length] as number, most + 1);
}
