import type { Timings } from '../model/outcome.ts';
import type { Clock } from '../util/clock.ts';
import type { DecoderSink, StreamDecoder } from '../util/gzip-decoder.ts';
import { createBodyDecoder } from './body/body-decoder.ts';
import { decoderWindowBytes, MAX_ENCODINGS, readEncodings } from './body/content-encoding.ts';
import type { PageBudget, PageShare } from './body/page-budget.ts';
import type { Lane, LaneRequest } from './connection/lane.ts';
import type { BodySink, KeepsType } from './fetch-request.ts';
import type { ResponseContent } from './fetch-result.ts';
import { isRedirect } from './redirect.ts';
import { type ResponseHead, readHead, readSetCookies } from './response-head.ts';

/** How much of a redirect's body is read, only to keep the connection usable. */
const MAX_REDIRECT_BODY_BYTES = 65_536;
/** A body of at most this many decoded bytes takes no share of the page budget. */
const SMALL_BODY_BYTES = 262_144;
/** The share of a larger body grows by this many bytes at a time. */
const GROWTH_BYTES = 1_048_576;
/** Copies of a kept body that can exist at the same time: its chunks, the whole body, and its text. */
const COPIES = 3;
/** From this status on, the response is an error, whatever its body is. */
const FIRST_ERROR_STATUS = 400;
const NO_COOKIES: readonly string[] = [];

/** Callbacks to the exchange that a hop belongs to. `hopDone` or `hopFailed` comes last, and only once. */
export interface HopOwner {
  /** A connection is being opened. */
  hopOpening(): void;
  /** The connection is open and the request is being sent. */
  hopSent(): void;
  /** The head of a redirect has arrived. Its body is being read. */
  hopRedirecting(): void;
  /**
   * Reading is paused, because other pages use the memory that it needs or because the sink asked for it. `hopReadsOn`
   * follows when reading continues.
   */
  hopWaiting(): void;
  hopReadsOn(): void;
  /** The headers announce an endless stream, and the body is not needed. */
  hopEndless(): void;
  /**
   * The response is complete, or as much of it as is needed. `reusable`: the connection is idle and may be used
   * again.
   */
  hopDone(hop: Hop, reusable: boolean): void;
  hopFailed(hop: Hop, error: unknown): void;
}

interface HopLimits {
  clock: Clock;
  /** Most bytes of the decoded body. */
  maxBodyBytes: number;
  followsRedirects: boolean;
  /** Keep headers and body, the body perhaps only for some types. Otherwise the body is only counted. */
  keepContent: boolean | KeepsType;
  /** Receives the body. */
  sink: BodySink | undefined;
  /** The budget from which large bodies take memory. */
  budget: PageBudget | undefined;
}

/**
 * Types of bodies that the server sends until the client disconnects: server-sent events, and images that replace each
 * other.
 */
const ENDLESS_TYPE = /^\s*(?:text\/event-stream|multipart\/x-mixed-replace)\s*(?:;|$)/i;

/** The headers name more content encodings than are decoded. */
class EncodingError extends Error {
  readonly code = 'TOO_MANY_ENCODINGS';
}

/**
 * One request and its response on one lane, driven by undici's dispatch callbacks. Counts the body, and keeps it only
 * if asked to. The owner may call `quit` at any time; no callback follows after that.
 */
export class Hop implements LaneRequest, DecoderSink {
  readonly lane: Lane;
  status = 0;
  head: ResponseHead | undefined;
  /** The Set-Cookie headers of a redirect. */
  setCookies: readonly string[] = NO_COOKIES;
  sizeBytes = 0;
  wireBytes = 0;
  truncated = false;
  /** A new connection was opened for it. */
  openedConnection = false;
  /** The first byte of a response has arrived. */
  responseStarted = false;
  readonly #owner: HopOwner;
  readonly #limits: HopLimits;
  #abort: ((error?: Error) => void) | undefined;
  #resume: (() => void) | undefined;
  #decoder: StreamDecoder | undefined;
  #encodings: string[] | undefined;
  #finished = false;
  #isContentHandedOver = false;
  #sentAtMs = 0;
  #headAtMs = 0;
  #keepsBody = false;
  #isEndless = false;
  #rawHeaders: Buffer[] = [];
  #chunks: Buffer[] = [];
  #share: PageShare | undefined;
  /** Decoded bytes for which memory has been granted. */
  #roomBytes = SMALL_BODY_BYTES;
  #windowBytes = 0;
  #waitsSinceMs: number | undefined;
  /** How long reading was paused after the head, in milliseconds. */
  #waitedMs = 0;

  constructor(lane: Lane, owner: HopOwner, limits: HopLimits) {
    this.lane = lane;
    this.#owner = owner;
    this.#limits = limits;
    if (limits.budget === undefined) this.#roomBytes = Number.POSITIVE_INFINITY;
  }

  /** True if the head has arrived and is a redirect that will be followed. */
  get redirects(): boolean {
    return this.#limits.followsRedirects && isRedirect(this.status) && Boolean(this.head?.location);
  }

  /**
   * True if the response may be cut because its body is not needed: its first bytes have arrived, or for an endless
   * stream at least the head.
   */
  get hasEnough(): boolean {
    return this.status !== 0 && !this.redirects && !this.#needsBody && (this.wireBytes > 0 || this.#isEndless);
  }

  get #needsBody(): boolean {
    return this.#keepsBody || this.#limits.sink !== undefined;
  }

  /** Ends the response with the part of its body that has arrived. */
  cutShort(): void {
    this.truncated = true;
    this.#done(false);
  }

  /** The content, with `keepContent`. Call it only once: it hands over the share of the budget. */
  content(): ResponseContent {
    const content: ResponseContent = { rawHeaders: this.#rawHeaders, body: Buffer.concat(this.#chunks) };
    if (this.#share !== undefined) content.share = this.#share;
    this.#chunks = [];
    return content;
  }

  /** Aborts the hop. After that, the lane can only be discarded. */
  quit(): void {
    this.#finished = true;
    this.#decoder?.destroy();
    this.#abort?.();
    if (!this.#isContentHandedOver) this.#share?.close();
  }

  timings(endMs: number): Timings {
    const timings: Timings = {};
    if (this.openedConnection) {
      const { dnsMs, connectMs, proxyMs, tlsMs } = this.lane.opening;
      if (dnsMs !== undefined) timings.dnsMs = tenths(dnsMs);
      if (connectMs !== undefined) timings.connectMs = tenths(connectMs);
      if (proxyMs !== undefined) timings.proxyMs = tenths(proxyMs);
      if (tlsMs !== undefined) timings.tlsMs = tenths(tlsMs);
    }
    if (this.#headAtMs !== 0) {
      timings.ttfbMs = tenths(this.#headAtMs - this.#sentAtMs);
      timings.downloadMs = tenths(endMs - this.#headAtMs - this.#waitedMs);
    }
    return timings;
  }

  onOpening(): void {
    this.openedConnection = true;
    if (!this.#finished) this.#owner.hopOpening();
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#abort = abort;
    this.#sentAtMs = this.#limits.clock.monotonicMs();
    this.#owner.hopSent();
  }

  onResponseStarted(): void {
    this.responseStarted = true;
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void): boolean {
    if (status < 200 || this.#finished) return true;
    this.#headAtMs = this.#limits.clock.monotonicMs();
    this.#resume = resume;
    this.status = status;
    this.head = readHead(raw);
    const { keepContent } = this.#limits;
    if (keepContent !== false) this.#rawHeaders = raw;
    this.#keepsBody = typeof keepContent === 'function' ? keepContent(this.head.contentType) : keepContent;
    if (this.redirects) {
      this.setCookies = readSetCookies(raw);
      this.#owner.hopRedirecting();
      return true;
    }
    if (this.#limits.sink !== undefined) {
      this.#limits.sink.begin(status);
      this.#owner.hopReadsOn();
    }
    if (!this.#needsBody && ENDLESS_TYPE.test(this.head.contentType ?? '')) {
      this.#isEndless = true;
      this.#owner.hopEndless();
    }
    const encodings = readEncodings(this.head.contentEncoding);
    if (encodings.kind === 'encoded') this.#encodings = encodings.names;
    else if (encodings.kind === 'too-many') this.decodingFailed(new EncodingError(`more than ${MAX_ENCODINGS} content encodings in a row`));
    return true;
  }

  onData(chunk: Buffer): boolean {
    if (this.#finished) return true;
    this.wireBytes += chunk.length;
    if (this.redirects) {
      if (this.wireBytes > MAX_REDIRECT_BODY_BYTES) this.#done(false);
      return true;
    }
    if (this.#isEndless) {
      if (this.#encodings === undefined) this.sizeBytes = Math.min(chunk.length, this.#limits.maxBodyBytes);
      this.cutShort();
      return true;
    }
    if (this.#encodings === undefined) {
      this.decoded(chunk);
      return this.#waitsSinceMs === undefined;
    }
    if (this.#decoder === undefined) {
      this.#decoder = createBodyDecoder(this.#encodings, chunk[0] ?? 0, this);
      this.#windowBytes = decoderWindowBytes(this.#encodings, chunk[0] ?? 0);
    }
    if (this.#decoder.write(chunk)) return true;
    if (this.#finished) return true;
    this.#decoder.onceDrained(() => {
      if (!this.#finished) this.#resume?.();
    });
    return false;
  }

  onComplete(): void {
    if (this.#finished) return;
    if (this.#decoder === undefined) this.#done(true);
    else this.#decoder.end();
  }

  onError(error: Error): void {
    if (this.#finished) return;
    // A 204 or 304 may have a Content-Length of a body that is not sent (RFC 9110 section 8.6), but undici misses that
    // body.
    if ((this.status === 204 || this.status === 304) && this.wireBytes === 0) this.#done(false);
    else if (this.status >= FIRST_ERROR_STATUS) this.cutShort();
    else this.#fail(error);
  }

  decoded(chunk: Buffer): void {
    const room = this.#limits.maxBodyBytes - this.sizeBytes;
    const piece = chunk.length <= room ? chunk : chunk.subarray(0, room);
    this.sizeBytes += piece.length;
    if (this.#keepsBody) this.#chunks.push(piece);
    // After each pause, undici's parser delivers an empty chunk. Passing it to the sink could pause again, without end.
    if (this.#limits.sink !== undefined && piece.length > 0) this.#passToSink(piece, this.#limits.sink);
    if (piece !== chunk) this.cutShort();
    else if (this.sizeBytes > this.#roomBytes) this.#requestMemory();
  }

  #passToSink(piece: Buffer, sink: BodySink): void {
    if (sink.write(piece, () => this.#readOn())) this.#owner.hopReadsOn();
    else this.#pause();
  }

  /**
   * Requests memory for what was read and for the next bytes. If it is not granted at once, reading is paused until it
   * is.
   */
  #requestMemory(): void {
    const { budget, maxBodyBytes } = this.#limits;
    this.#roomBytes = Math.min(this.sizeBytes + GROWTH_BYTES, maxBodyBytes);
    const neededBytes = (this.#keepsBody ? COPIES * this.#roomBytes : 0) + Math.min(this.#windowBytes, this.#roomBytes);
    if (neededBytes === 0) {
      this.#roomBytes = Number.POSITIVE_INFINITY;
      return;
    }
    this.#share ??= budget?.open();
    if (this.#share?.raise(neededBytes, () => this.#readOn()) !== false) return;
    this.#pause();
  }

  #pause(): void {
    this.#waitsSinceMs = this.#limits.clock.monotonicMs();
    this.#decoder?.pause();
    this.#owner.hopWaiting();
  }

  #readOn(): void {
    if (this.#finished || this.#waitsSinceMs === undefined) return;
    this.#waitedMs += this.#limits.clock.monotonicMs() - this.#waitsSinceMs;
    this.#waitsSinceMs = undefined;
    this.#owner.hopReadsOn();
    if (this.#decoder === undefined) this.#resume?.();
    else this.#decoder.resume();
  }

  decodingEnded(isCut: boolean): void {
    this.truncated = isCut;
    this.#done(true);
  }

  decodingFailed(error: Error): void {
    if (this.status < FIRST_ERROR_STATUS) this.#fail(error);
    else this.#done(false);
  }

  #done(reusable: boolean): void {
    this.#isContentHandedOver = this.#keepsBody;
    if (!this.#keepsBody) this.#share?.close();
    if (!reusable) this.quit();
    this.#finished = true;
    this.#owner.hopDone(this, reusable);
  }

  #fail(error: unknown): void {
    this.quit();
    this.#owner.hopFailed(this, error);
  }
}

/** Rounds to tenths of a millisecond. The measurements are not more precise than that. */
export function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
