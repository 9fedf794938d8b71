import { UsageError } from '../../model/errors.ts';
import { checkDownloadUrl, DownloadError, Downloader, type DownloadOptions } from './download-bytes.ts';
import { type Reading, readerOf } from './reading.ts';
import type { Source } from './source.ts';

/** A list that is downloaded while it is read. Throws UsageError for what is not an http(s) URL, and for credentials in it. */
export function openDownload(url: string, reading: Reading | undefined, options: DownloadOptions): Source {
  checkDownloadUrl(url, 'list');
  const { split, ...traits } = readerOf(url, reading);
  return { name: url, live: false, ...traits, lines: (signal) => split(listBytes(url, options, signal)) };
}

async function* listBytes(url: string, options: DownloadOptions, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const downloader = new Downloader(options);
  try {
    yield* await downloader.start({ url, accept: 'text/plain, */*;q=0.5', isNamed: true }, signal);
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    throw new UsageError(`cannot download the list ${url}: ${error.message}`, { cause: error });
  } finally {
    await downloader.close();
  }
}
