import { readSitemap } from '../../parse/sitemap/read-sitemap.ts';
import { SITEMAP_LIMITS, type SitemapEnd, type SitemapItem, type SitemapLimits } from '../../parse/sitemap/sitemap-item.ts';
import { DownloadError, type Downloader } from './download-bytes.ts';

/** A page that a sitemap lists. */
type SitemapPage = Extract<SitemapItem, { kind: 'url' }>;

/** The body of an answer, or why there is none. */
export type FetchedSitemap = AsyncIterable<Uint8Array> | { problem: string };

export interface WalkLimits extends SitemapLimits {
  /** How many indexes lead from a given sitemap to one that is read. */
  maxDepth: number;
  /** Of all that are read. */
  maxSitemaps: number;
}

/**
 * The protocol has no index within an index, but sites nest them once or twice; three levels are read. As many sitemaps as an index may list bound the walk, and the memory that it takes to know those
 * that it has met: 50,000 of 50,000 pages each.
 */
const WALK_LIMITS: WalkLimits = { ...SITEMAP_LIMITS, maxDepth: 3, maxSitemaps: 50_000 };

/** What a walk tells while it goes on, of each sitemap once: it was read, to its end or to its problem, or it was not, or not to its end. `message` goes on from its URL. */
export type WalkReport = { kind: 'read'; url: string; end: SitemapEnd } | { kind: 'failed'; url: string; message: string };

interface WalkOptions {
  /** Rejects only if the walk is to end: what is wrong with one sitemap is its `problem`. */
  fetchBody(url: string): Promise<FetchedSitemap>;
  report(report: WalkReport): void;
  limits?: Partial<WalkLimits>;
}

const NOTHING_READ: SitemapEnd = { pages: 0, alternates: 0, sitemaps: 0, refused: 0 };

/**
 * The pages that sitemaps list, and those that they lead to as indexes, each sitemap once, one after another, the pages as they come. One that cannot be had or read is reported and left: the others go on.
 */
export async function* walkSitemaps(
  urls: readonly string[],
  { fetchBody, report, limits }: WalkOptions,
): AsyncGenerator<SitemapPage, void, undefined> {
  const { maxDepth, maxSitemaps, ...each } = { ...WALK_LIMITS, ...limits };
  const met = new Set<string>();
  const waiting: { url: string; depth: number }[] = [];
  let isFull = false;
  const add = (url: string, depth: number, from: string) => {
    if (met.has(url)) return;
    if (depth > maxDepth) {
      report({ kind: 'failed', url, message: `is not read: it is nested more than ${maxDepth} indexes deep, in ${from}` });
    } else if (met.size < maxSitemaps) {
      met.add(url);
      waiting.push({ url, depth });
    } else if (!isFull) {
      isFull = true;
      report({ kind: 'failed', url, message: `is not read, nor are those after it: the maximum is ${maxSitemaps} sitemaps` });
    }
  };
  for (const url of urls) add(url, 0, url);
  // It grows while it is gone through.
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
