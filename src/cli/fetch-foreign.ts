import { duringShortage, shortageCode } from '../core/shortage.ts';
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
      const request = { url, method: 'GET', options, keepContent: true };
      const result = await duringShortage(async () => {
        const fetched = await fetcher.fetch(request, signal);
        if (fetched.kind !== 'aborted') return fetched;
        if (fetched.shortage === undefined) throw signal.reason;
        throw Object.assign(new Error(fetched.shortage.message), { code: fetched.shortage.code });
      }, signal);
      if (result.kind === 'failure') return { problem: `cannot be downloaded: ${result.error.message}` };
      if (result.status < 200 || result.status > 299) return { problem: `cannot be downloaded: the server answered ${result.status}` };
      return whole(result.content?.body ?? new Uint8Array(0));
    } catch (error) {
      if (shortageCode(error) === undefined) throw error;
      return { problem: `cannot be downloaded: ${(error as Error).message}` };
    } finally {
      await fetcher.close();
    }
  };
}

async function* whole(body: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield body;
}
