/**
 * A URL in a sitemap has fewer than 2,048 characters (sitemaps.org, `loc`). A longer one is hardly a page that a site
 * wants to be found, but loops that append to a query reach this length.
 */
export const MAX_URL_CHARS = 2_047;

/**
 * Rust's documentation has at most 11 segments, a listing of a whole /usr 19. Heritrix stops at 20
 * (TooManyPathSegmentsDecideRule). Deeper paths come from relative links that append to the current path.
 */
export const DEFAULT_MAX_PATH_SEGMENTS = 32;

/**
 * The same segment this often in one path indicates a loop: a relative link that should have been absolute appends its
 * segments at each step.
 */
const TRAP_REPEATS = 3;
/** Numbers may repeat once more: `/11/11/11/` is a date, and `/0/0/0` a map tile. */
const TRAP_NUMBER_REPEATS = 4;

/** Returns which kind of trap the path looks like, or undefined. `pathname` is a URL's, so it begins with a slash. */
export function pathTrap(pathname: string, maxPathSegments: number): 'path-segments' | 'repeated-segments' | undefined {
  const bounds = segmentBounds(pathname);
  if (bounds.length - 1 > maxPathSegments) return 'path-segments';
  return repeatsSegment(pathname, bounds) ? 'repeated-segments' : undefined;
}

/**
 * Positions of the slashes around segments: segment `i` lies between the slashes at `bounds[i]` and `bounds[i + 1]`.
 * The last bound is the end of the path if there is no trailing slash. `/a/b` and `/a/b/` have two segments, `/` has
 * none.
 */
function segmentBounds(pathname: string): number[] {
  const bounds = [0];
  let at = 0;
  while (at < pathname.length - 1) {
    const next = pathname.indexOf('/', at + 1);
    at = next === -1 ? pathname.length : next;
    bounds.push(at);
  }
  return bounds;
}

/**
 * True if the same segment occurs three times or more (numbers: four), anywhere in the path. Counting single segments
 * also finds repeated groups (`/a/b/a/b/a/b`) and mixed loops (`/a/b/b/a/b/a`).
 */
function repeatsSegment(pathname: string, bounds: readonly number[]): boolean {
  for (let last = bounds.length - 2; last >= TRAP_REPEATS - 1; last -= 1) {
    let seen = 1;
    for (let before = last - 1; before >= 0; before -= 1) if (sameSegment(pathname, bounds, before, last)) seen += 1;
    if (seen >= TRAP_NUMBER_REPEATS || (seen === TRAP_REPEATS && !isNumber(segmentAt(pathname, bounds, last)))) return true;
  }
  return false;
}

/** Compares lengths first, so that most links need no substring copies. */
function sameSegment(pathname: string, bounds: readonly number[], one: number, other: number): boolean {
  return lengthAt(bounds, one) === lengthAt(bounds, other) && segmentAt(pathname, bounds, one) === segmentAt(pathname, bounds, other);
}

function lengthAt(bounds: readonly number[], index: number): number {
  return (bounds[index + 1] ?? 0) - (bounds[index] ?? 0);
}

function segmentAt(pathname: string, bounds: readonly number[], index: number): string {
  return pathname.slice((bounds[index] ?? 0) + 1, bounds[index + 1]);
}

function isNumber(segment: string): boolean {
  return /^\d+$/.test(segment);
}
