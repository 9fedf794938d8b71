import type { RunOptions } from '../../model/run-options.ts';
import type { Books } from '../../model/run-summary.ts';
import { shownNumber } from '../../report/shown-figures.ts';

/** What a crawl that followed links did not check, and the option that would have: one line for each, none for a run of a list. */
export function uncheckedLines({ leftOut = {} }: Books, options: RunOptions): string[] {
  const { depth, links, checkExternal, checkNofollow, fragments } = options;
  if (depth === 0) return [];
  const counted = [
    ...(checkExternal ? [] : [{ count: leftOut.scope ?? 0, kind: 'external', flag: '--check-external' }]),
    ...(checkNofollow ? [] : [{ count: leftOut.nofollow ?? 0, kind: 'nofollow', flag: '--check-nofollow' }]),
  ].filter(({ count }) => count > 0);
  const parts = [
    ...(links === 'all' ? [] : [{ name: 'images, scripts and style sheets', flag: '--links all' }]),
    ...(fragments ? [] : [{ name: '#fragments', flag: '--fragments' }]),
  ];
  return [
    ...counted.map(({ count, kind, flag }) =>
      count === 1 ? `1 ${kind} link was not checked: ${flag}` : `${shownNumber(count)} ${kind} links were not checked: ${flag}`,
    ),
    ...(parts.length === 0
      ? []
      : [`not checked: ${parts.map(({ name, flag }) => `${name} (${flag})`).join(', ')}; trawl check SITE checks all of it`]),
  ];
}
