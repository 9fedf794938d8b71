import { UsageError } from '../../model/errors.ts';
import { parseSeedLine } from '../../model/lines/seed-line.ts';
import { readRobots } from '../../parse/robots/read-robots.ts';
import { MAX_ROBOTS_BYTES } from '../../parse/robots/robots-lines.ts';
import { sitemapProblemText } from '../../parse/sitemap/sitemap-item.ts';
import { inChunks } from './chunks.ts';
import { DownloadError, Downloader } from './download-bytes.ts';
import type { SitemapIo } from './sitemap.ts';
import type { Reading, Source } from './source.ts';
import { downloadSitemap, type SitemapDownloads, type WalkReport, walkSitemaps } from './walk-sitemaps.ts';

/**
 * A source of the pages that the sites of these URLs list: in the sitemaps that their robots.txt names, or else in
 * `/sitemap.xml`. A site without a sitemap is logged. Pages on hosts other than those of the URLs are left out. Throws
 * UsageError if there is no valid URL.
 */
export function openSiteSitemaps(urls: readonly string[], reading: Reading | undefined, io: SitemapIo): Source {
  const origins = new Set(urls.map(parseSeedLine).flatMap((seed) => (seed.kind === 'url' ? [seed.origin] : [])));
  if (origins.size === 0) throw new UsageError('--sitemap auto needs a URL on the command line, such as https://example.com/');
  const hosts = new Set([...origins].map((origin) => new URL(origin).hostname));
  return {
    name: 'sitemap auto',
    live: false,
    ...(reading?.dedupe === 'none' && { identity: 'line' }),
    lines: async function* (signal) {
      const downloader = new Downloader(io.downloads);
      try {
        yield* inChunks(pagesOf([...origins], { downloader, hosts }, io, signal));
      } finally {
        await downloader.close();
      }
    },
  };
}

async function* pagesOf(
  origins: readonly string[],
  downloads: SitemapDownloads,
  { log }: SitemapIo,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  let elsewhere = 0;
  for (const origin of origins) {
    const named = await sitemapsOf(origin, downloads.downloader, signal);
    const guess = `${origin}/sitemap.xml`;
    const report = (result: WalkReport) => {
      if (signal.aborted) return;
      if (result.kind === 'failed' && named.length === 0 && result.url === guess)
        log.warn({ event: 'sitemap-missing' }, `${origin} has no sitemap: neither its robots.txt nor /sitemap.xml`);
      else if (result.kind === 'failed') log.warn({ event: 'sitemap-failed' }, `sitemap ${result.url} ${result.message}`);
      else if (result.end.problem !== undefined)
        log.warn({ event: 'sitemap-problem' }, `sitemap ${result.url} ${sitemapProblemText(result.end.problem)}`);
      else if (result.end.pages + result.end.alternates + result.end.sitemaps === 0)
        log.warn({ event: 'sitemap-empty' }, `sitemap ${result.url} lists no pages`);
    };
    const fetchBody = (url: string) => downloadSitemap(url, downloads, signal);
    for await (const { url } of walkSitemaps(named.length > 0 ? named : [guess], { fetchBody, report })) {
      if (downloads.hosts.has(new URL(url).hostname)) yield url;
      else elsewhere++;
    }
  }
  signal.throwIfAborted();
  if (elsewhere > 0) log.warn({ event: 'sitemap-other-hosts' }, `the sitemaps list pages on other hosts, which are ignored: ${elsewhere}`);
}

/** The sitemaps that the site's robots.txt names; none if there is no such file. */
async function sitemapsOf(origin: string, downloader: Downloader, signal: AbortSignal): Promise<readonly string[]> {
  const url = `${origin}/robots.txt`;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of await downloader.start({ url, accept: 'text/plain, */*;q=0.5', isNamed: true }, signal)) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= MAX_ROBOTS_BYTES) break;
    }
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    return [];
  }
  return readRobots(Buffer.concat(chunks), '*', url).sitemaps;
}
