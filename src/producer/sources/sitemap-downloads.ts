import type { FetchedSitemap } from '../../sitemap/walk-sitemaps.ts';
import { DownloadError, startDownload } from './download-bytes.ts';

const ACCEPT = 'application/xml, text/xml, text/plain;q=0.9, */*;q=0.5';

/** Fetches what a sitemap leads to on a host that the operator did not name: its addresses are to be checked. */
export type FetchForeign = (url: string, signal: AbortSignal) => Promise<FetchedSitemap>;

/** What sitemaps are downloaded with. */
export interface SitemapDownloads {
  /** Those that the operator named. */
  hosts: ReadonlySet<string>;
  /** For the others; without it, they are not fetched. */
  fetchForeign: FetchForeign | undefined;
}

/** The body of a sitemap that another leads to, or why there is none. Redirects are followed within its host. */
export async function downloadSitemap(
  url: string,
  { hosts, fetchForeign }: SitemapDownloads,
  signal: AbortSignal,
): Promise<FetchedSitemap> {
  const { hostname } = new URL(url);
  if (!hosts.has(hostname)) return (await fetchForeign?.(url, signal)) ?? { problem: `is not read: it is on another host, ${hostname}` };
  try {
    return await startDownload(url, ACCEPT, signal, 'same-host');
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    return { problem: `cannot be downloaded: ${error.message}` };
  }
}

/** The body of the sitemap that the operator named. Rejects with DownloadError. */
export function downloadNamedSitemap(url: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  return startDownload(url, ACCEPT, signal);
}
