/**
 * A child process of fetcher-tls.test.ts, which trusts the certificates of its servers. It answers each message with
 * the results for the URLs in it.
 */

import type { FetchResult } from '../../src/fetch/fetch-result.ts';
import { createFetcher, type FetcherOptions } from '../../src/fetch/fetcher.ts';
import type { RunOptions } from '../../src/model/run-options.ts';
import { runOptions } from './local-servers.ts';

export interface Order {
  urls: string[];
  options: FetcherOptions;
  run: Partial<RunOptions>;
}

process.on('message', async ({ urls, options, run }: Order) => {
  const fetcher = createFetcher(options);
  const results: FetchResult[] = [];
  for (const url of urls) {
    results.push(await fetcher.fetch({ url, method: 'GET', options: runOptions(run) }, new AbortController().signal));
  }
  await fetcher.close();
  process.send?.(results);
});
