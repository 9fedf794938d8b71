import { UsageError } from '../../core/errors.ts';
import { maskCredentials } from '../../core/without-credentials.ts';
import { type Reading, readerOf } from './reading.ts';
import type { Source } from './source.ts';

/** How long a server may say nothing, before its headers and between two pieces of the body. */
const SILENCE_MS = 30_000;

/** A list that is downloaded while it is read. Throws UsageError for what is not an http(s) URL, and for credentials in it. */
export function openDownload(url: string, reading?: Reading): Source {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) {
    throw new UsageError(`a list is downloaded from an http or https URL, which this is not: ${maskCredentials(url)}`);
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new UsageError(`${maskCredentials(url)} has credentials in it: download the list first and give the file`);
  }
  const { split, ...traits } = readerOf(url, reading);
  return { name: url, live: false, ...traits, lines: (signal) => split(download(url, signal)) };
}

/**
 * The time limit is on silence, not on the whole: a long list is read no faster than the frontier takes it.
 */
async function* download(url: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const silence = new AbortController();
  const either = AbortSignal.any([signal, silence.signal]);
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    const response = await fetch(url, { signal: either, headers: { accept: 'text/plain, */*;q=0.5' } });
    if (!response.ok) {
      await response.body?.cancel();
      throw new UsageError(`cannot download the list ${url}: the server answered ${response.status}`);
    }
    const reader = response.body?.getReader();
    for (;;) {
      const read = await reader?.read();
      clearTimeout(timer);
      if (read?.value === undefined) return;
      yield read.value;
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
    }
  } catch (error) {
    if (signal.aborted || error instanceof UsageError) throw error;
    throw new UsageError(`cannot download the list ${url}: ${reason(error, silence.signal.aborted)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function reason(error: unknown, wasSilent: boolean): string {
  if (wasSilent) return `the server said nothing for ${SILENCE_MS / 1000} s`;
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}
