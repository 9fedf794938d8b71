/**
 * What a run remembers of a URL that it has seen: 2 × the least depth at which it was met, and 1 more if the links of its page were pushed from that depth. Both engines keep this value; `seen-value.lua` is
 * the twin of these rules.
 *
 * An external URL is met at the run's greatest depth, as if its links had been pushed from there. When it is met within the scope later, it is nearer, and its links are still to come.
 */
export function seenValue(depth: number, isExpanded: boolean): number {
  return 2 * depth + (isExpanded ? 1 : 0);
}

export function depthOf(value: number): number {
  return Math.floor(value / 2);
}

export function isExpanded(value: number): boolean {
  return value % 2 === 1;
}

/** How a URL that was seen is met again. `known`: not nearer than before. `nearer`: its links are still to come. `expanded`: its links were pushed from a greater depth, so it is revisited. */
export type Meeting = 'known' | 'nearer' | 'expanded';

/** A URL with this value is met at a depth. After `nearer` and `expanded`, its value is that of the depth, not expanded. */
export function meetAgain(value: number, depth: number): Meeting {
  if (depthOf(value) <= depth) return 'known';
  return isExpanded(value) ? 'expanded' : 'nearer';
}
