import { UsageError } from '../../core/errors.ts';
import { duringShortage } from '../../core/shortage.ts';
import { maskCredentials } from '../../core/without-credentials.ts';

/** How long a server may say nothing, before its headers and between two pieces of the body. */
const SILENCE_MS = 30_000;

/** What was asked for is not there, or did not come. The message is the reason, without the URL. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
}

/** Throws UsageError for what is not an http(s) URL, and for credentials in it. `what` is a list or a sitemap. */
export function checkDownloadUrl(url: string, what: 'list' | 'sitemap'): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) {
    throw new UsageError(`a ${what} is downloaded from an http or https URL, which this is not: ${maskCredentials(url)}`);
  }
  if (parsed.username !== '' || parsed.password !== '') {
    const wayOut = what === 'list' ? 'download the list first and give the file' : 'give the URL of a sitemap that needs none';
    throw new UsageError(`${maskCredentials(url)} has credentials in it: ${wayOut}`);
  }
}

/** Redirects that are followed at most, where they may not leave the host. */
const MOST_REDIRECTS = 5;

/**
 * Begins a download, redirects followed, with `same-host` only within it, and resolves with its body, which is read while it comes. The time limit is on silence, not on the whole: a long list is read no faster than the frontier takes it.
 * Both reject with DownloadError, and with the reason of `signal` once that aborted.
 */
export async function startDownload(
  url: string,
  accept: string,
  signal: AbortSignal,
  redirects: 'any' | 'same-host' = 'any',
): Promise<AsyncGenerator<Uint8Array, void, undefined>> {
  const silence = new AbortController();
  const either = AbortSignal.any([signal, silence.signal]);
  const watched = async <T>(step: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => silence.abort(), SILENCE_MS);
    try {
      return await step;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw new DownloadError(reason(error, silence.signal.aborted), { cause: error });
    } finally {
      clearTimeout(timer);
    }
  };
  const request = (at: string) =>
    duringShortage(
      () => watched(fetch(at, { signal: either, headers: { accept }, redirect: redirects === 'any' ? 'follow' : 'manual' })),
      signal,
    );
  let response = await request(url);
  for (let followed = 0, at = url; response.status >= 300 && response.status < 400 && followed < MOST_REDIRECTS; followed++) {
    at = redirectWithin(at, response.headers.get('location'));
    await response.body?.cancel();
    response = await request(at);
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw new DownloadError(`the server answered ${response.status}`);
  }
  return bodyOf(response, watched);
}

/** Who redirects elsewhere could send this process to hosts that nobody outside may reach. */
function redirectWithin(from: string, location: string | null): string {
  if (location === null || !URL.canParse(location, from)) throw new DownloadError('it redirects to what is not a URL');
  const to = new URL(location, from);
  if (to.hostname !== new URL(from).hostname) throw new DownloadError(`it redirects to another host, ${to.hostname}`);
  return to.href;
}

async function* bodyOf(response: Response, watched: <T>(step: Promise<T>) => Promise<T>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { value } = await watched(reader.read());
      if (value === undefined) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function reason(error: unknown, wasSilent: boolean): string {
  if (wasSilent) return `the server said nothing for ${SILENCE_MS / 1000} s`;
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}
