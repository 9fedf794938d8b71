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

/** A download failed. The message is the reason, without the URL. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
}

/** Throws UsageError if `url` is not an http(s) URL or contains credentials. */
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

/** Lists and sitemaps are downloaded with the same options as the run's pages. */
export interface DownloadOptions {
  run: RunOptions;
  fetcher: FetcherOptions;
}

interface DownloadRequest {
  url: string;
  /** Value of the Accept header, unless the run sets one. */
  accept: string;
  /**
   * True if the operator named the host. With `--private seeds` it may then have a private address; a host that a
   * redirect leads to may not.
   */
  isNamed: boolean;
}

/** Downloads follow at least this many redirects. A lower `--max-redirects` is meant for the run's pages. */
const MIN_REDIRECTS = 5;

/**
 * Downloads lists and sitemaps with the run's proxy, headers, credentials and address rules. It keeps its connections
 * until `close`.
 */
export class Downloader {
  readonly #options: DownloadOptions;
  #run: RunOptions;
  readonly #pace: DownloadPace;
  #fetcher: Promise<Fetcher> | undefined;

  constructor(options: DownloadOptions) {
    this.#options = options;
    const { run } = options;
    this.#pace = new DownloadPace(run.hostIntervalMs);
    this.#run = { ...run, method: 'GET', maxBodyBytes: Number.MAX_SAFE_INTEGER, maxRedirects: Math.max(run.maxRedirects, MIN_REDIRECTS) };
  }

  /**
   * Starts a download and resolves when the response's head has arrived. The body is read only as fast as the generator
   * is consumed, so the run's timeout limits how long the server may send nothing, and not the whole download. Both the
   * promise and the generator reject with DownloadError, or with the reason of `signal` once that aborted.
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

  /** Aborts downloads in progress. */
  async close(): Promise<void> {
    await (await this.#fetcher)?.close();
  }

  /** The HTTP client is loaded only if something is downloaded. */
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
      // Headers and credentials from environment variables (`env:NAME`) are required only on workers. If this process
      // lacks them, it downloads without them.
      const publicRun = withoutEnvReferences(this.#run);
      if (publicRun.headers.length + publicRun.auth.length === this.#run.headers.length + this.#run.auth.length) throw error;
      this.#run = publicRun;
      return fetcher.fetch(request(), signal);
    }
  }
}

function withoutEnvReferences(run: RunOptions): RunOptions {
  const isWritten = ([, value]: readonly [string, string]) => referredVariable(value) === undefined;
  return { ...run, headers: run.headers.filter(isWritten), auth: run.auth.filter(isWritten) };
}

/**
 * Why a fetch did not deliver the whole body; undefined if it did. A shortage on this machine keeps its code, so that
 * `duringShortage` retries.
 */
function failureOf(result: FetchEnd, signal: AbortSignal): Error | undefined {
  if (result.kind === 'response') return undefined;
  if (result.kind === 'failure') return new DownloadError(result.error.message);
  if (result.shortage !== undefined) return Object.assign(new Error(result.shortage.message), { code: result.shortage.code });
  return signal.aborted ? signal.reason : new DownloadError('the download was interrupted');
}

/** No more is read from the server while this many bytes wait for the consumer. */
const MAX_WAITING_BYTES = 65_536;

/**
 * Turns a pushed body into a pulled one. An error is delivered after the last piece, so what arrived before a failure
 * is still read.
 */
class PulledBody implements BodySink {
  /** Resolves with the response's status. Rejects if there is no response. */
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

  /** @param stop called when the consumer has everything, or wants no more */
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
    if (this.#waitingBytes < MAX_WAITING_BYTES) return true;
    this.#resume = resume;
    return false;
  }

  /** @param error why the body is incomplete; undefined if it is complete */
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

/**
 * A list that is downloaded while it is read. Throws UsageError if `url` is not an http(s) URL or contains credentials.
 */
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

/** Applies the run's interval to the producer's downloads from one origin. Requests of workers are not counted. */
export class DownloadPace {
  readonly #intervalMs: number;
  /** Earliest start of the next download by origin, by the monotonic clock. */
  readonly #notBeforeMs = new Map<string, number>();

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /**
   * Starts the download when the interval has passed. The next interval counts from the response, because the request
   * goes out only after a connection is open. Rejects with the reason of `signal` once that aborted.
   */
  async begin<Download>(url: string, signal: AbortSignal, download: () => Promise<Download>): Promise<Download> {
    if (this.#intervalMs === 0) return download();
    const { origin } = new URL(url);
    // A timer can fire a little early, so the clock is read again after it.
    for (let waitMs = this.#waitMs(origin); waitMs > 0 && !signal.aborted; waitMs = this.#waitMs(origin)) {
      await sleep(Math.ceil(waitMs), undefined, { signal }).catch(() => {});
    }
    signal.throwIfAborted();
    try {
      return await download();
    } finally {
      this.#notBeforeMs.set(origin, performance.now() + this.#intervalMs);
    }
  }

  #waitMs(origin: string): number {
    return (this.#notBeforeMs.get(origin) ?? 0) - performance.now();
  }
}
