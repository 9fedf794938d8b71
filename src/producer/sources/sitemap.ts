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
/** With these problems it is not a sitemap at all: the operator named a wrong URL. */
const NOT_A_SITEMAP: readonly SitemapProblem[] = ['empty', 'html', 'not-a-sitemap', 'bad-gzip'];

/** What reading a sitemap needs. */
export interface SitemapIo {
  log: Log;
  downloads: DownloadOptions;
}

/**
 * A source of the pages that a sitemap and the sitemaps below it list, including their alternates in other languages.
 * Sitemaps are downloaded while they are read. Problems of a sitemap below are logged, and the others are still read.
 *
 * Throws UsageError if `url` is not an http(s) URL or contains credentials. Reading rejects with UsageError if the
 * named sitemap cannot be downloaded or is not a sitemap, and if all of them together list no page and there were
 * problems.
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
  const report = (result: WalkReport) => {
    sitemapEnded = true;
    if (signal.aborted) return;
    if (result.kind === 'failed') return complain(result.url, result.message);
    const { pages: listed, alternates, sitemaps, refused, problem } = result.end;
    log.debug({ event: 'sitemap-read', pages: listed, alternates, sitemaps, refused }, `sitemap ${result.url} was read`);
    if (refused > 0)
      log.warn(
        { event: 'sitemap-bad-entries' },
        `sitemap ${result.url} has entries without an http or https URL, which are ignored: ${refused}`,
      );
    if (problem === undefined) return;
    const text = sitemapProblemText(problem);
    if (result.url === root && NOT_A_SITEMAP.includes(problem) && listed + sitemaps === 0) refusal = new UsageError(`${root} ${text}`);
    else complain(result.url, text);
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
    // Pages of one sitemap do not wait for the next sitemap to fill the chunk.
    if (chunk.length === CHUNK_LINES || (sitemapEnded && chunk.length > 0)) {
      yield chunk;
      chunk = [];
    }
    sitemapEnded = false;
    chunk.push(url);
    pages++;
  }
  // A body that was aborted by the stop looks like any other incomplete body, so check the signal first.
  signal.throwIfAborted();
  yield chunk;
  if (refusal !== undefined) throw refusal;
  if (pages === 0 && problems === 0) log.warn({ event: 'sitemap-empty' }, `sitemap ${root} lists no pages`);
  if (pages === 0 && problems > 0) throw new UsageError(`${root} leads to no pages: the log says what is wrong with its sitemaps`);
}
