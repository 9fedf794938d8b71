import { LEFT_OUT } from '../../model/left-out.ts';
import { shownNumber } from '../shown-figures.ts';

/** The reasons that are limits against endless sites, and the option that raises each; undefined if there is none. */
const LIMITS: Readonly<Record<string, string | undefined>> = {
  'max-urls': '--max-urls allows more',
  'max-urls-per-host': '--max-urls-per-host allows more',
  'path-segments': '--max-path-segments allows more',
  'repeated-segments': undefined,
  'url-length': undefined,
  'too-many-links': 'only the first links of such a page are used',
} satisfies Partial<Record<keyof typeof LEFT_OUT, string | undefined>>;

/** `1,204 scope, 12 nofollow`, in descending order. */
export function leftOutWords(leftOut: Readonly<Record<string, number>>): string {
  return byNumber(leftOut)
    .map(([reason, links]) => `${shownNumber(links)} ${reason}`)
    .join(', ');
}

/** The limits against endless sites that the run reached. The one that skipped most links comes first. */
export function metLimits(leftOut: Readonly<Record<string, number>>): string[] {
  return byNumber(leftOut).flatMap(([reason]) => (Object.hasOwn(LIMITS, reason) ? [reason] : []));
}

/** One line for each of these limits: `max-urls-per-host: 51,230 links; --max-urls-per-host allows more`. */
export function limitWords(leftOut: Readonly<Record<string, number>>): string[] {
  return metLimits(leftOut).map((reason) => {
    const links = leftOut[reason] ?? 0;
    // This reason counts pages: the links beyond the limit were never read, so their number is unknown.
    const noun = reason === 'too-many-links' ? 'page' : 'link';
    return `${reason}: ${shownNumber(links)} ${noun}${links === 1 ? '' : 's'}; ${LIMITS[reason] ?? `each ${meaningOf(reason)}`}`;
  });
}

/** What a reason means, for people. An unknown reason is returned as it is. */
export function meaningOf(reason: string): string {
  return Object.hasOwn(LEFT_OUT, reason) ? LEFT_OUT[reason as keyof typeof LEFT_OUT] : reason;
}

function byNumber(leftOut: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(leftOut)
    .filter(([, links]) => links > 0)
    .sort(([, a], [, b]) => b - a);
}
