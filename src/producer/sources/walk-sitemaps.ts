import { readSitemap } from '../../parse/sitemap/read-sitemap.ts';
import { SITEMAP_LIMITS, type SitemapEnd, type SitemapItem, type SitemapLimits } from '../../parse/sitemap/sitemap-item.ts';
import { DownloadError, type Downloader } from './download-bytes.ts';

/** A page listed in a sitemap. */
type SitemapPage = Extract<SitemapItem, { kind: 'url' }>;

/** The body of a response, or why there is none. */
export type FetchedSitemap = AsyncIterable<Uint8Array> | { problem: string };

export interface WalkLimits extends SitemapLimits {
  /** Maximum nesting of indexes above a sitemap that is read. */
  maxDepth: number;
  /** Maximum of sitemaps that are read in total. */
  maxSitemaps: number;
}

/**
 * The protocol allows no index inside an index, but sites nest them once or twice, so three levels are read. The number
 * of sitemaps is limited to what one index may list: 50,000, with 50,000 pages each. This bounds the walk and the
 * memory for visited sitemaps.
 */
const WALK_LIMITS: WalkLimits = { ...SITEMAP_LIMITS, maxDepth: 3, maxSitemaps: 50_000 };

/**
 * The result for one sitemap, reported once. `read`: it was read to its end or up to a problem (see `end`). `failed`:
 * it was not read, or not to its end; `message` completes a sentence that begins with its URL.
 */
export type WalkReport = { kind: 'read'; url: string; end: SitemapEnd } | { kind: 'failed'; url: string; message: string };

interface WalkOptions {
  /** Rejects only to end the walk. A problem of one sitemap is returned as `problem`. */
  fetchBody(url: string): Promise<FetchedSitemap>;
  report(report: WalkReport): void;
  limits?: Partial<WalkLimits>;
}

const NOTHING_READ: SitemapEnd = { pages: 0, alternates: 0, sitemaps: 0, refused: 0 };

/**
 * Yields the pages of the sitemaps and, if they are indexes, of the sitemaps below them. Each sitemap is read once, one
 * after another. A sitemap that cannot be downloaded or read is reported, and the walk continues.
 */
export async function* walkSitemaps(
  urls: readonly string[],
  { fetchBody, report, limits }: WalkOptions,
): AsyncGenerator<SitemapPage, void, undefined> {
  const { maxDepth, maxSitemaps, ...each } = { ...WALK_LIMITS, ...limits };
  const seen = new Set<string>();
  const waiting: { url: string; depth: number }[] = [];
  let isFull = false;
  const add = (url: string, depth: number, from: string) => {
    if (seen.has(url)) return;
    if (depth > maxDepth) {
      report({ kind: 'failed', url, message: `is not read: it is nested more than ${maxDepth} indexes deep, in ${from}` });
    } else if (seen.size < maxSitemaps) {
      seen.add(url);
      waiting.push({ url, depth });
    } else if (!isFull) {
      isFull = true;
      report({ kind: 'failed', url, message: `is not read, nor are those after it: the maximum is ${maxSitemaps} sitemaps` });
    }
  };
  for (const url of urls) add(url, 0, url);
  // The list grows during this loop.
  for (const { url, depth } of waiting) {
    const body = await fetchBody(url);
    if ('problem' in body) {
      report({ kind: 'failed', url, message: body.problem });
      continue;
    }
    const reading = readSitemap(body, url, each);
    try {
      let step = await reading.next();
      for (; step.done !== true; step = await reading.next()) {
        if (step.value.kind === 'sitemap') add(step.value.url, depth + 1, url);
        else yield step.value;
      }
      report({ kind: 'read', url, end: step.value });
    } catch (error) {
      report({ kind: 'failed', url, message: `was interrupted: ${(error as Error).message}` });
    } finally {
      await reading.return(NOTHING_READ);
    }
  }
}

const ACCEPT = 'application/xml, text/xml, text/plain;q=0.9, */*;q=0.5';

/** What downloading sitemaps needs. */
export interface SitemapDownloads {
  downloader: Downloader;
  /** Hosts that the operator named. */
  hosts: ReadonlySet<string>;
}

/** Downloads a sitemap found in another one. Returns its body, or why there is none. */
export async function downloadSitemap(url: string, downloads: SitemapDownloads, signal: AbortSignal): Promise<FetchedSitemap> {
  try {
    return await downloadNamedSitemap(url, downloads, signal);
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    return { problem: `cannot be downloaded: ${error.message}` };
  }
}

/** Downloads the sitemap that the operator named. Rejects with DownloadError. */
export function downloadNamedSitemap(
  url: string,
  { downloader, hosts }: SitemapDownloads,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  return downloader.start({ url, accept: ACCEPT, isNamed: hosts.has(new URL(url).hostname) }, signal);
}
