import type { FetchForeign } from '../producer/sources/sitemap-downloads.ts';
import { SITEMAP_LIMITS } from '../sitemap/sitemap-item.ts';
import type { CommandContext } from './command-context.ts';
import { fetcherOptions } from './fetcher-options.ts';

/** Fetches sitemaps on hosts that nobody named as pages are fetched: by the run's options, and no private address unless those allow all. */
export function foreignFetcher(context: Pick<CommandContext, 'config' | 'environment'>): FetchForeign {
  const options = { ...context.config.run, maxBodyBytes: SITEMAP_LIMITS.maxBytes + 1 };
  return async (url, signal) => {
    const { createFetcher } = await import('../fetch/fetcher.ts');
    const fetcher = createFetcher(fetcherOptions(context));
    try {
      const result = await fetcher.fetch({ url, method: 'GET', options, keepContent: true }, signal);
      if (result.kind === 'aborted') throw signal.reason;
      if (result.kind === 'failure') return { problem: `cannot be downloaded: ${result.error.message}` };
      if (result.status < 200 || result.status > 299) return { problem: `cannot be downloaded: the server answered ${result.status}` };
      return whole(result.content?.body ?? new Uint8Array(0));
    } finally {
      await fetcher.close();
    }
  };
}

async function* whole(body: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield body;
}
