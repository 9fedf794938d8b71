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
  'too-many-links': 'comes after the most links that are taken from one page',
  'path-segments': 'has more path segments than --max-path-segments',
  'repeated-segments': 'repeats the same path segments, which suggests a loop',
  'url-length': 'is longer than 2,047 characters',
  'max-urls': 'came after the run had --max-urls',
  'max-urls-per-host': 'came after its host had --max-urls-per-host',
  'redirected-out': 'was redirected out of the scope',
} as const satisfies Record<string, string>;

/** The reason why a link was not followed. */
export type LeftOut = keyof typeof LEFT_OUT;
