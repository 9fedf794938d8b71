import type { Timings } from '../model/outcome.ts';
import type { Clock } from '../util/clock.ts';
import { createBodyDecoder } from './body/body-decoder.ts';
import { type BodyDecoder, type DecodedBodySink, decoderWindowBytes, MAX_ENCODINGS, readEncodings } from './body/content-encoding.ts';
import type { PageBudget, PageShare } from './body/page-budget.ts';
import type { Lane, LaneRequest } from './connection/lane.ts';
import type { BodySink, KeepsType } from './fetch-request.ts';
import type { ResponseContent } from './fetch-result.ts';
import { isRedirect } from './redirect.ts';
import { type ResponseHead, readHead, readSetCookies } from './response-head.ts';

/** A redirect's body is read so far, to keep the connection; nobody wants it. */
const MAX_REDIRECT_BODY_BYTES = 65_536;
/** A body up to this size, in decoded bytes, takes no part of the page budget. */
const SMALL_BODY_BYTES = 262_144;
/** A larger one asks for so many bytes more at a time. */
const GROWTH_BYTES = 1_048_576;
/** Copies of a kept body that exist at once: the pieces, the body, and its text. */
const COPIES = 3;
/** The answer is an error, whatever its body is. */
const FIRST_ERROR_STATUS = 400;
const NO_COOKIES: readonly string[] = [];

/** What the journey that a hop belongs to is told. `hopDone` or `hopFailed` comes last, once. */
export interface HopOwner {
  /** A connection is being opened for it. */
  hopOpening(): void;
  /** The connection is there and the request goes out. */
  hopSent(): void;
  /** The head of a redirect has arrived; its body is being read. */
  hopRedirecting(): void;
  /** It stopped reading, because other pages take the memory that it needs or the sink has enough; then it reads on. */
  hopWaiting(): void;
  hopReadsOn(): void;
  /** The head says that the body is a stream without an end, and nobody wants the body. */
  hopEndless(): void;
  /** The response is complete, or as much of it as is wanted. `reusable`: the connection is at rest, and may be used again. */
  hopDone(hop: Hop, reusable: boolean): void;
  hopFailed(hop: Hop, error: unknown): void;
}

interface HopLimits {
  clock: Clock;
  /** Decoded bytes. */
  maxBodyBytes: number;
  followsRedirects: boolean;
  /** Headers and body are kept, the body perhaps only of some types; otherwise counted and dropped. */
  keepContent: boolean | KeepsType;
  /** Gets the body. */
  sink: BodySink | undefined;
  /** What large bodies take their memory from. */
  budget: PageBudget | undefined;
}

/** Bodies that are sent for as long as somebody listens: server-sent events, and pictures that replace each other. */
const ENDLESS_TYPE = /^\s*(?:text\/event-stream|multipart\/x-mixed-replace)\s*(?:;|$)/i;

/** A body that cannot be decoded as its headers say. */
class EncodingError extends Error {
  readonly code = 'TOO_MANY_ENCODINGS';
}

/**
 * One request and its response on one lane, as undici's dispatch calls it back. Counts the body, and keeps it only if asked to.
 * An owner that wants no more calls `quit`; nothing is called back after that.
 */
export class Hop implements LaneRequest, DecodedBodySink {
  readonly lane: Lane;
  status = 0;
  head: ResponseHead | undefined;
  /** Set-Cookie headers of a redirect. */
  setCookies: readonly string[] = NO_COOKIES;
  sizeBytes = 0;
  wireBytes = 0;
  truncated = false;
  /** No kept connection served it. */
  openedConnection = false;
  /** A first byte of a response came. */
  responseStarted = false;
  readonly #owner: HopOwner;
  readonly #limits: HopLimits;
  #abort: ((error?: Error) => void) | undefined;
  #resume: (() => void) | undefined;
  #decoder: BodyDecoder | undefined;
  #encodings: string[] | undefined;
  #over = false;
  #isDone = false;
  #sentAtMs = 0;
  #headAtMs = 0;
  #keepsBody = false;
  #isEndless = false;
  #rawHeaders: Buffer[] = [];
  #chunks: Buffer[] = [];
  #share: PageShare | undefined;
  /** Decoded bytes for which there is memory. */
  #roomBytes = SMALL_BODY_BYTES;
  #windowBytes = 0;
  #waitsSinceMs: number | undefined;
  /** How long it waited for memory after the head. */
  #waitedMs = 0;

  constructor(lane: Lane, owner: HopOwner, limits: HopLimits) {
    this.lane = lane;
    this.#owner = owner;
    this.#limits = limits;
    if (limits.budget === undefined) this.#roomBytes = Number.POSITIVE_INFINITY;
  }

  /** True once the head has arrived and sends us on. */
  get redirects(): boolean {
    return this.#limits.followsRedirects && isRedirect(this.status) && Boolean(this.head?.location);
  }

  /** The answer is known, although its body has not ended: nobody wants the body, and its first bytes have come. Of a stream without an end not even those are needed. */
  get hasEnough(): boolean {
    return this.status !== 0 && !this.redirects && !this.#needsBody && (this.wireBytes > 0 || this.#isEndless);
  }

  get #needsBody(): boolean {
    return this.#keepsBody || this.#limits.sink !== undefined;
  }

  /** Ends the response here, with as much of its body as came. */
  cutShort(): void {
    this.truncated = true;
    this.#done(false);
  }

  /** What was kept, with `keepContent`. To be called once: the part of the budget goes with it. */
  content(): ResponseContent {
    const content: ResponseContent = { rawHeaders: this.#rawHeaders, body: Buffer.concat(this.#chunks) };
    if (this.#share !== undefined) content.share = this.#share;
    this.#chunks = [];
    return content;
  }

  /** Breaks it off. The lane is then good for nothing but `discard`. */
  quit(): void {
    this.#over = true;
    this.#decoder?.destroy();
    this.#abort?.();
    if (!this.#isDone) this.#share?.close();
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
    if (!this.#over) this.#owner.hopOpening();
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
    if (status < 200 || this.#over) return true;
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
    if (this.#over) return true;
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
    if (this.#over) return true;
    this.#decoder.onceDrained(() => {
      if (!this.#over) this.#resume?.();
    });
    return false;
  }

  onComplete(): void {
    if (this.#over) return;
    if (this.#decoder === undefined) this.#done(true);
    else this.#decoder.end();
  }

  onError(error: Error): void {
    if (this.#over) return;
    // Their Content-Length tells of a body that is not sent (RFC 9110 section 8.6), which undici misses all the same.
    if ((this.status === 204 || this.status === 304) && this.wireBytes === 0) this.#done(false);
    else if (this.status >= FIRST_ERROR_STATUS) this.cutShort();
    else this.#fail(error);
  }

  decoded(chunk: Buffer): void {
    const room = this.#limits.maxBodyBytes - this.sizeBytes;
    const piece = chunk.length <= room ? chunk : chunk.subarray(0, room);
    this.sizeBytes += piece.length;
    if (this.#keepsBody) this.#chunks.push(piece);
    // After each pause the parser comes with an empty piece: a pause at that would be one without end.
    if (this.#limits.sink !== undefined && piece.length > 0) this.#pour(piece, this.#limits.sink);
    if (piece !== chunk) this.cutShort();
    else if (this.sizeBytes > this.#roomBytes) this.#takeRoom();
  }

  #pour(piece: Buffer, sink: BodySink): void {
    if (sink.write(piece, () => this.#readOn())) this.#owner.hopReadsOn();
    else this.#rest();
  }

  /** Takes a part of the budget for what was read and the next bytes. If it does not get that now, nothing more is read until it does. */
  #takeRoom(): void {
    const { budget, maxBodyBytes } = this.#limits;
    this.#roomBytes = Math.min(this.sizeBytes + GROWTH_BYTES, maxBodyBytes);
    const neededBytes = (this.#keepsBody ? COPIES * this.#roomBytes : 0) + Math.min(this.#windowBytes, this.#roomBytes);
    if (neededBytes === 0) {
      this.#roomBytes = Number.POSITIVE_INFINITY;
      return;
    }
    this.#share ??= budget?.open();
    if (this.#share?.raise(neededBytes, () => this.#readOn()) !== false) return;
    this.#rest();
  }

  #rest(): void {
    this.#waitsSinceMs = this.#limits.clock.monotonicMs();
    this.#decoder?.pause();
    this.#owner.hopWaiting();
  }

  #readOn(): void {
    if (this.#over || this.#waitsSinceMs === undefined) return;
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
    this.#isDone = this.#keepsBody;
    if (!this.#keepsBody) this.#share?.close();
    if (!reusable) this.quit();
    this.#over = true;
    this.#owner.hopDone(this, reusable);
  }

  #fail(error: unknown): void {
    this.quit();
    this.#owner.hopFailed(this, error);
  }
}

/** Tenths of a millisecond are as fine as these measurements mean anything. */
export function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
