/**
 * What a run stores about a URL that it has seen: 2 × the least depth at which it was met, plus 1 if it is expanded, that
 * is, if the links of its page were pushed from that depth. Both engines store this value; `seen-value.lua` is the twin.
 *
 * An external URL is met at the run's greatest depth, as if its links had been pushed from there. When it is met within
 * the scope later, it is nearer, and its links are still to come.
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

/**
 * How a seen URL is met again. `known`: not nearer than before. `nearer`: nearer, and its links are still to come.
 * `expanded`: nearer, and its links were pushed from a greater depth, so it is revisited.
 */
export type Meeting = 'known' | 'nearer' | 'expanded';

/**
 * Compares the stored value of a URL with the depth at which it is met. After `nearer` and `expanded`, the value to
 * store is that of the new depth, not expanded.
 */
export function meetAgain(value: number, depth: number): Meeting {
  if (depthOf(value) <= depth) return 'known';
  return isExpanded(value) ? 'expanded' : 'nearer';
}
