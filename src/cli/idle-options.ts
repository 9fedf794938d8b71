import type { RunOptions } from '../model/run-options.ts';

/** What only those who follow links go by. `--fragments` is not among them: documents have fragments too. */
const FOR_LINKS: Readonly<Partial<Record<keyof RunOptions, string>>> = {
  links: '--links',
  scope: '--scope',
  include: '--include',
  checkExternal: '--check-external',
  checkNofollow: '--check-nofollow',
  maxUrls: '--max-urls',
  maxUrlsPerHost: '--max-urls-per-host',
  maxPathSegments: '--max-path-segments',
  keepSkipped: '--show-skipped',
};

/**
 * Flags that were given and change nothing, since the run follows no links, as a sentence; undefined if there are none. Nobody should take a list that came out well for a site whose links were checked.
 *
 * @param given the run options that flags have set
 * @param hasDocuments links of Markdown or HTML files are checked
 */
export function idleOptions(given: Partial<RunOptions>, { depth }: Pick<RunOptions, 'depth'>, hasDocuments: boolean): string | undefined {
  if (depth > 0) return undefined;
  const idle = [
    ...Object.entries(FOR_LINKS).flatMap(([key, flag]) => (Object.hasOwn(given, key) ? [flag] : [])),
    ...(given.fragments === true && !hasDocuments ? ['--fragments'] : []),
  ];
  if (idle.length === 0) return undefined;
  const names = idle.length === 1 ? idle[0] : `${idle.slice(0, -1).join(', ')} and ${idle.at(-1)}`;
  return `${names} ${idle.length === 1 ? 'does' : 'do'} nothing here: links are followed with --depth N, or --depth all`;
}
