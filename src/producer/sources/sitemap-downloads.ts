import { DownloadError, type Downloader } from './download-bytes.ts';
import type { FetchedSitemap } from './walk-sitemaps.ts';

const ACCEPT = 'application/xml, text/xml, text/plain;q=0.9, */*;q=0.5';

/** What sitemaps are downloaded with. */
export interface SitemapDownloads {
  downloader: Downloader;
  /** Those that the operator named. */
  hosts: ReadonlySet<string>;
}

/** The body of a sitemap that another leads to, or why there is none. */
export async function downloadSitemap(url: string, downloads: SitemapDownloads, signal: AbortSignal): Promise<FetchedSitemap> {
  try {
    return await downloadNamedSitemap(url, downloads, signal);
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    return { problem: `cannot be downloaded: ${error.message}` };
  }
}

/** The body of the sitemap that the operator named. Rejects with DownloadError. */
export function downloadNamedSitemap(
  url: string,
  { downloader, hosts }: SitemapDownloads,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  return downloader.start({ url, accept: ACCEPT, isNamed: hosts.has(new URL(url).hostname) }, signal);
}
