import { UsageError } from '../../core/errors.ts';
import { checkDownloadUrl, DownloadError, startDownload } from './download-bytes.ts';
import { type Reading, readerOf } from './reading.ts';
import type { Source } from './source.ts';

/** A list that is downloaded while it is read. Throws UsageError for what is not an http(s) URL, and for credentials in it. */
export function openDownload(url: string, reading?: Reading): Source {
  checkDownloadUrl(url, 'list');
  const { split, ...traits } = readerOf(url, reading);
  return { name: url, live: false, ...traits, lines: (signal) => split(listBytes(url, signal)) };
}

async function* listBytes(url: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* await startDownload(url, 'text/plain, */*;q=0.5', signal);
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    throw new UsageError(`cannot download the list ${url}: ${error.message}`, { cause: error });
  }
}
