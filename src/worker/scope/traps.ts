/**
 * A URL that goes into a sitemap has fewer than 2,048 characters (sitemaps.org, `loc`). What is longer is on no page that a site wants to be
 * found; loops that append to a query get there.
 */
export const MAX_URL_CHARS = 2_047;

/** Rust's documentation has 11 at most, a whole /usr 19; Heritrix stops at 20 (TooManyPathSegmentsDecideRule). What is deeper is made by links that add to where they stand. */
export const DEFAULT_MAX_PATH_SEGMENTS = 32;

/** The same segment that often in one path is a loop: a relative link that should have been absolute adds its segments again at each step. */
const TRAP_REPEATS = 3;
/** `/11/11/11/` is a day, and `/0/0/0` a tile of a map. */
const TRAP_REPEATS_OF_NUMBERS = 4;

/** Which trap the path looks like, if any. `pathname` is that of a URL: it begins with a slash. */
export function pathTrap(pathname: string, maxPathSegments: number): 'path-segments' | 'repeated-segments' | undefined {
  const bounds = segmentBounds(pathname);
  if (bounds.length - 1 > maxPathSegments) return 'path-segments';
  return repeatsSegment(pathname, bounds) ? 'repeated-segments' : undefined;
}

/**
 * Where segments begin and end: segment `i` stands between the slashes at `bounds[i]` and `bounds[i + 1]`, the last of which may be the end instead. `/a/b` and
 * `/a/b/` have two, `/` has none.
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
 * True if a segment stands anywhere three times or more. A group of segments that repeats (`/a/b/a/b/a/b`) makes each of its segments
 * do so, and loops over several relative links mix theirs (`/a/b/b/a/b/a`), so that one count finds both.
 */
function repeatsSegment(pathname: string, bounds: readonly number[]): boolean {
  for (let last = bounds.length - 2; last >= TRAP_REPEATS - 1; last -= 1) {
    let seen = 1;
    for (let before = last - 1; before >= 0; before -= 1) if (sameSegment(pathname, bounds, before, last)) seen += 1;
    if (seen >= TRAP_REPEATS_OF_NUMBERS || (seen === TRAP_REPEATS && !isNumber(segmentAt(pathname, bounds, last)))) return true;
  }
  return false;
}

/** Lengths are compared first, so that hardly any link costs a copy of its segments. */
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
