import { UsageError } from '../model/errors.ts';
import { parseSeedLine } from '../model/lines/seed-line.ts';
import type { ScheduledSource } from '../model/schedule.ts';
import { maskCredentials } from '../model/url/without-credentials.ts';

/**
 * Checks the sources of a new schedule, for the command line and the API. A schedule is stored in Redis, where many can read it; and a wrong one would
 * fail each time it is due.
 */

/** The largest total size of the lists that Redis stores with a schedule. */
export const MAX_STORED_BYTES = 1_000_000;

/** Throws UsageError for the URL of a source that no worker could read, or that has credentials. */
export function checkScheduledUrl({ kind, url }: Exclude<ScheduledSource, { kind: 'stored' }>): void {
  if (kind === 'sitemap' && url === 'auto') return;
  if (/[\r\n]/.test(url)) throw new UsageError(`${maskCredentials(url.replaceAll(/[\r\n]+/g, ' '))} is not a URL: it has several lines`);
  const line = parseSeedLine(url);
  if (line.kind === 'blank') throw new UsageError(`${JSON.stringify(url)} is not a URL`);
  if (line.kind === 'invalid') throw new UsageError(`${line.input} is not a URL: ${line.message}`);
  if (maskCredentials(url) !== url)
    throw new UsageError(
      `${maskCredentials(url)}: credentials in a URL would be stored in Redis: leave them out and give --auth ORIGIN=user:password`,
    );
}

/** Throws UsageError for the sitemap `auto` without the URL of a site. */
export function checkAutoSitemaps(sources: readonly ScheduledSource[]): void {
  if (sources.some((source) => source.kind === 'sitemap' && source.url === 'auto') && !sources.some(({ kind }) => kind === 'url'))
    throw new UsageError('sitemap auto needs a URL, such as https://example.com/: lists that are stored do not count');
}

const CREDENTIALS = /(?:^|["',;\t ])[a-z][a-z0-9+.-]*:\/\/[^\s/?#"'@]+@/im;

/** Throws UsageError for a list that is empty or has credentials. */
export function checkStoredList(name: string, list: string): void {
  if (list.trim() === '') throw new UsageError(`${name} is empty`);
  if (CREDENTIALS.test(list))
    throw new UsageError(
      `${name} has credentials in a URL, which would be stored in Redis: leave them out and give --auth ORIGIN=user:password`,
    );
}

export function tooLargeToStore(name: string): UsageError {
  return new UsageError(
    `${name} is too large to be kept with the schedule: all lists together may have ${MAX_STORED_BYTES / 1e6} MB; put it on a server and give its URL with --list`,
  );
}
