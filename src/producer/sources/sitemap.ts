import { UsageError } from '../../model/errors.ts';
import type { Log } from '../../model/log.ts';
import { type SitemapProblem, sitemapProblemText } from '../../parse/sitemap/sitemap-item.ts';
import { checkDownloadUrl, DownloadError, Downloader, type DownloadOptions } from './download-bytes.ts';
import type { Reading, Source } from './source.ts';
import {
  downloadNamedSitemap,
  downloadSitemap,
  type FetchedSitemap,
  type SitemapDownloads,
  type WalkReport,
  walkSitemaps,
} from './walk-sitemaps.ts';

const CHUNK_LINES = 500;
/** With these it was never a sitemap: the operator named the wrong URL. */
const NO_SITEMAP: readonly SitemapProblem[] = ['empty', 'html', 'not-a-sitemap', 'bad-gzip'];

/** What sitemaps are read with. */
export interface SitemapIo {
  log: Log;
  downloads: DownloadOptions;
}

/**
 * The pages that a sitemap lists, other languages of theirs among them, and those of the sitemaps that it leads to. They are downloaded while they are read; what is wrong with one that it leads to is said in
 * the log, and the others are read. Throws UsageError for what is not an http(s) URL, and for credentials in it. Reading rejects with UsageError if the sitemap itself cannot be downloaded or is none, and if what
 * it leads to has not one page and a problem.
 */
export function openSitemap(url: string, reading: Reading | undefined, { log, downloads }: SitemapIo): Source {
  checkDownloadUrl(url, 'sitemap');
  const { hostname } = new URL(url);
  return {
    name: url,
    live: false,
    namedHost: hostname,
    ...(reading?.dedupe === 'none' && { identity: 'line' }),
    lines: async function* (signal) {
      const downloader = new Downloader(downloads);
      try {
        yield* pageLines(url, { downloader, hosts: new Set([hostname]) }, log, signal);
      } finally {
        await downloader.close();
      }
    },
  };
}

async function* pageLines(
  root: string,
  downloads: SitemapDownloads,
  log: Log,
  signal: AbortSignal,
): AsyncGenerator<string[], void, undefined> {
  let pages = 0;
  let problems = 0;
  let sitemapEnded = false;
  let refusal: UsageError | undefined;
  const complain = (of: string, message: string) => {
    problems++;
    log.warn({ event: 'sitemap-problem' }, `sitemap ${of} ${message}`);
  };
  const report = (told: WalkReport) => {
    sitemapEnded = true;
    if (signal.aborted) return;
    if (told.kind === 'failed') return complain(told.url, told.message);
    const { pages: listed, alternates, sitemaps, refused, problem } = told.end;
    log.debug({ event: 'sitemap-read', pages: listed, alternates, sitemaps, refused }, `reading sitemap ${told.url}`);
    if (refused > 0)
      log.warn(
        { event: 'sitemap-bad-entries' },
        `sitemap ${told.url} has entries without an http or https URL, which are ignored: ${refused}`,
      );
    if (problem === undefined) return;
    const text = sitemapProblemText(problem);
    if (told.url === root && NO_SITEMAP.includes(problem) && listed + sitemaps === 0) refusal = new UsageError(`${root} ${text}`);
    else complain(told.url, text);
  };
  const fetchBody = async (url: string): Promise<FetchedSitemap> => {
    if (url !== root) return downloadSitemap(url, downloads, signal);
    try {
      return await downloadNamedSitemap(root, downloads, signal);
    } catch (error) {
      if (!(error instanceof DownloadError)) throw error;
      throw new UsageError(`cannot download the sitemap ${root}: ${error.message}`, { cause: error });
    }
  };
  let chunk: string[] = [];
  for await (const { url } of walkSitemaps([root], { fetchBody, report })) {
    // What a sitemap had does not wait for the next one to fill the chunk.
    if (chunk.length === CHUNK_LINES || (sitemapEnded && chunk.length > 0)) {
      yield chunk;
      chunk = [];
    }
    sitemapEnded = false;
    chunk.push(url);
    pages++;
  }
  // A body that the stop broke off looks like any other that broke off.
  signal.throwIfAborted();
  yield chunk;
  if (refusal !== undefined) throw refusal;
  if (pages === 0 && problems === 0) log.warn({ event: 'sitemap-empty' }, `sitemap ${root} lists no pages`);
  if (pages === 0 && problems > 0) throw new UsageError(`${root} leads to no pages: the log says what is wrong with its sitemaps`);
}
