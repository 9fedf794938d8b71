import { setTimeout as sleep } from 'node:timers/promises';
import type { BodySink } from '../../fetch/fetch-request.ts';
import type { FetchEnd } from '../../fetch/fetch-result.ts';
import type { Fetcher, FetcherOptions } from '../../fetch/fetcher.ts';
import { UsageError } from '../../model/errors.ts';
import { referredVariable } from '../../model/request-header.ts';
import type { RunOptions } from '../../model/run-options.ts';
import { duringShortage } from '../../model/shortage.ts';
import { maskCredentials } from '../../model/url/without-credentials.ts';
import { readerOf } from './reading.ts';
import type { Reading, Source } from './source.ts';

/** The download failed. The message is the reason, without the URL. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
}

/** Throws UsageError for what is not an http(s) URL, and for credentials in it. `what` is a list or a sitemap. */
export function checkDownloadUrl(url: string, what: 'list' | 'sitemap'): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) {
    throw new UsageError(`a ${what} needs an http or https URL: ${maskCredentials(url)} is not one`);
  }
  if (parsed.username !== '' || parsed.password !== '') {
    const wayOut = what === 'list' ? 'download the list first and give the file' : 'give the URL of a sitemap that does not need them';
    throw new UsageError(`${maskCredentials(url)} contains credentials: ${wayOut}`);
  }
}

/** How lists and sitemaps are downloaded: as the pages of the run are fetched. */
export interface DownloadOptions {
  run: RunOptions;
  fetcher: FetcherOptions;
}

interface DownloadRequest {
  url: string;
  /** The value of Accept, unless the run has one. */
  accept: string;
  /** The operator named the host: with `--private seeds` it may have a private address. A host that a redirect leads to may not. */
  isNamed: boolean;
}

/** A run may follow fewer redirects than this, or none: that is about its pages. */
const LEAST_REDIRECTS = 5;

/** Downloads lists and sitemaps with the run's proxy, headers, credentials and address rules, over connections that it keeps until `close`. */
export class Downloader {
  readonly #options: DownloadOptions;
  #run: RunOptions;
  readonly #pace: DownloadPace;
  #fetcher: Promise<Fetcher> | undefined;

  constructor(options: DownloadOptions) {
    this.#options = options;
    const { run } = options;
    this.#pace = new DownloadPace(run.hostIntervalMs);
    this.#run = { ...run, method: 'GET', maxBodyBytes: Number.MAX_SAFE_INTEGER, maxRedirects: Math.max(run.maxRedirects, LEAST_REDIRECTS) };
  }

  /**
   * Begins a download and resolves when its head has come. The body is read no faster than the generator is asked for it, so the run's timeout limits the server's silence, not the whole.
   * Both reject with DownloadError, and with the reason of `signal` once that aborted.
   */
  async start(request: DownloadRequest, signal: AbortSignal): Promise<AsyncGenerator<Uint8Array, void, undefined>> {
    this.#fetcher ??= this.#open();
    const fetcher = await this.#fetcher;
    const begin = () => duringShortage(() => this.#begin(fetcher, request, signal), signal);
    return this.#pace.begin(request.url, signal, begin).catch((error: unknown) => {
      if (signal.aborted) throw signal.reason;
      throw error instanceof DownloadError ? error : new DownloadError((error as Error).message, { cause: error });
    });
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    await (await this.#fetcher)?.close();
  }

  /** Only who downloads something loads the client. */
  async #open(): Promise<Fetcher> {
    const { createFetcher } = await import('../../fetch/fetcher.ts');
    return createFetcher(this.#options.fetcher);
  }

  async #begin(fetcher: Fetcher, request: DownloadRequest, signal: AbortSignal): Promise<AsyncGenerator<Uint8Array, void, undefined>> {
    const stop = new AbortController();
    const body = new PulledBody(() => stop.abort());
    const either = AbortSignal.any([signal, stop.signal]);
    void this.#fetch(fetcher, request, body, either).then(
      (result) => body.end(failureOf(result, signal)),
      (error: Error) => body.end(error),
    );
    const status = await body.begun;
    if (status >= 200 && status < 300) return body.pieces();
    stop.abort();
    throw new DownloadError(`the server answered ${status}`);
  }

  async #fetch(fetcher: Fetcher, { url, accept, isNamed }: DownloadRequest, sink: BodySink, signal: AbortSignal): Promise<FetchEnd> {
    const { href, hostname } = new URL(url);
    const request = () => ({
      url: href,
      method: 'GET',
      options: this.#run,
      sink,
      ...(isNamed && { namedHost: hostname }),
      ...(this.#run.headers.every(([name]) => name.toLowerCase() !== 'accept') && { headers: [['accept', accept] as const] }),
    });
    try {
      return await fetcher.fetch(request(), signal);
    } catch (error) {
      // Only workers need the secrets that a run reads from their environment. A process without them downloads without them.
      const publicRun = withoutReferred(this.#run);
      if (publicRun.headers.length + publicRun.auth.length === this.#run.headers.length + this.#run.auth.length) throw error;
      this.#run = publicRun;
      return fetcher.fetch(request(), signal);
    }
  }
}

function withoutReferred(run: RunOptions): RunOptions {
  const isWritten = ([, value]: readonly [string, string]) => referredVariable(value) === undefined;
  return { ...run, headers: run.headers.filter(isWritten), auth: run.auth.filter(isWritten) };
}

/** Why a fetch did not bring the whole body. A shortage of this machine is passed on with its code. */
function failureOf(result: FetchEnd, signal: AbortSignal): Error | undefined {
  if (result.kind === 'response') return undefined;
  if (result.kind === 'failure') return new DownloadError(result.error.message);
  if (result.shortage !== undefined) return Object.assign(new Error(result.shortage.message), { code: result.shortage.code });
  return signal.aborted ? signal.reason : new DownloadError('the download was interrupted');
}

/** While so many bytes wait for the reader, no more are read. */
const MOST_WAITING_BYTES = 65_536;

/** A body that its reader pulls. An end comes behind the last piece, so that what arrived before a failure is read. */
class PulledBody implements BodySink {
  /** The status of the head. Rejects if none comes. */
  readonly begun: Promise<number>;
  readonly #stop: () => void;
  #begin!: (status: number) => void;
  #fail!: (error: Error) => void;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #resume: (() => void) | undefined;
  #wake: (() => void) | undefined;
  #isOver = false;
  #error: Error | undefined;

  /** @param stop called when the reader wants no more, or has all */
  constructor(stop: () => void) {
    this.#stop = stop;
    this.begun = new Promise((resolve, reject) => {
      this.#begin = resolve;
      this.#fail = reject;
    });
  }

  begin(status: number): void {
    this.#begin(status);
  }

  write(piece: Buffer, resume: () => void): boolean {
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
    this.#wake?.();
    if (this.#waitingBytes < MOST_WAITING_BYTES) return true;
    this.#resume = resume;
    return false;
  }

  /** @param error why the body is not whole */
  end(error: Error | undefined): void {
    this.#isOver = true;
    this.#error = error;
    if (error !== undefined) this.#fail(error);
    this.#wake?.();
  }

  async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        while (this.#waiting.length === 0 && !this.#isOver) await new Promise<void>((wake) => (this.#wake = wake));
        const pieces = this.#waiting;
        if (pieces.length === 0) break;
        this.#waiting = [];
        this.#waitingBytes = 0;
        yield* pieces;
        const resume = this.#resume;
        this.#resume = undefined;
        resume?.();
      }
    } finally {
      this.#stop();
    }
    if (this.#error !== undefined) throw this.#error;
  }
}

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

/** Keeps the downloads of a producer from one origin apart by the run's interval. It does not know of the requests of workers. */
export class DownloadPace {
  readonly #intervalMs: number;
  /** Origin → when its next download may start, by the monotonic clock. */
  readonly #notBeforeMs = new Map<string, number>();

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Begins the download when it is the URL's turn. The next turn counts from the answer, because the request goes out only after a connection is open. Rejects with the reason of `signal` once that aborted. */
  async begin<Download>(url: string, signal: AbortSignal, download: () => Promise<Download>): Promise<Download> {
    if (this.#intervalMs === 0) return download();
    const { origin } = new URL(url);
    const waitMs = (this.#notBeforeMs.get(origin) ?? 0) - performance.now();
    if (waitMs > 0) await sleep(Math.ceil(waitMs), undefined, { signal }).catch(() => {});
    signal.throwIfAborted();
    try {
      return await download();
    } finally {
      this.#notBeforeMs.set(origin, performance.now() + this.#intervalMs);
    }
  }
}
