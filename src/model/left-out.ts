/**
 * The reasons why a link is not followed, each with its description. The words are part of the output format: programs
 * that read reports count by them.
 */
export const LEFT_OUT = {
  scope: 'leads out of the scope',
  excluded: 'matches an --exclude',
  'not-included': 'matches no --include',
  depth: 'is deeper than --depth',
  nofollow: 'is marked nofollow, by itself or by its page',
  'other-scheme': 'is neither http nor https',
  unreadable: 'is not a valid URL',
  'too-many-links': 'comes after the maximum number of links taken from one page',
  'path-segments': 'has more path segments than --max-path-segments',
  'repeated-segments': 'repeats a part of its path, like a loop of links',
  'url-length': 'is longer than 2,047 characters',
  'max-urls': 'was found after the run had reached --max-urls',
  'max-urls-per-host': 'was found after its host had reached --max-urls-per-host',
  'redirected-out': 'was redirected out of the scope',
} as const satisfies Record<string, string>;

/** The reason why a link was not followed. */
export type LeftOut = keyof typeof LEFT_OUT;
