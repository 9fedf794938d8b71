import type { LeftOut } from './left-out.ts';
import type { Json } from './request-spec.ts';
import type { TlsProblem } from './tls-problem.ts';
import type { Verdict } from './verdict.ts';

/**
 * Durations of the phases of the last hop, in milliseconds. A phase that did not happen (no DNS on a reused connection)
 * or did not end is absent.
 */
export interface Timings {
  dnsMs?: number;
  connectMs?: number;
  /** Opening a tunnel through a proxy. */
  proxyMs?: number;
  tlsMs?: number;
  /** From the first byte of the request to the first byte of the response's headers (time to first byte). */
  ttfbMs?: number;
  /** From the end of the response's headers to the last byte of its body. */
  downloadMs?: number;
}

/** A fault in an HTTP/1.1 response that browsers tolerate. */
export type HttpFault =
  /** A line ends with LF instead of CRLF. */
  | 'line-feed'
  /** An unknown version, more than one space after it, or a tab. */
  | 'status-line'
  /** The connection ends before the empty line that ends the headers. */
  | 'unfinished-head'
  | 'folded-header'
  /** A header value contains a control character. */
  | 'control-character'
  /** A header has no name, or its name contains characters that are not allowed. */
  | 'header-name'
  /** There are several Content-Length headers with the same value. */
  | 'repeated-content-length'
  | 'length-and-transfer-encoding'
  /** There is white space after the size of a chunk. */
  | 'chunk-size';

/** One redirect that was followed: its status, and the URL that sent it. */
export interface RedirectHop {
  status: number;
  url: string;
}

/** A link that was not followed: as it is written, or as serialised by the WHATWG URL Standard. */
export interface SkippedLink {
  url: string;
  reason: LeftOut;
}

export interface OutcomeError {
  /** Stable and machine-readable, such as `ECONNREFUSED` or `UNSUPPORTED_SCHEME`. */
  code: string;
  /** Text for people: what happened and, if known, how to fix it. */
  message: string;
  /** The phase in which an attempt failed, if its connection failed or it ran out of time. */
  phase?: Phase;
}

/**
 * The phases of a hop, in order: the name is looked up, TCP connects, a proxy opens a tunnel, TLS shakes hands, the
 * request is sent and the response awaited, the body is received.
 */
export type Phase = 'dns' | 'connect' | 'proxy' | 'tls' | 'answer' | 'body';

/**
 * The final record of an entry: one line of NDJSON in the outcome log. Fields without a value are omitted, never null.
 * Fields are only ever added.
 */
export interface Outcome {
  schema: 1;
  run: string;
  /**
   * The URL that was requested, as serialised by the WHATWG URL Standard. For `invalid-url` it is the input itself. For
   * a local link of a document it is the path from the working directory, with its fragment.
   */
  url: string;
  /** The URL as it was written in the source, if that differs from `url`. */
  input?: string;
  /** The name of the source. Absent if the run has only one. */
  source?: string;
  /** Line in the source, counted from 1. Absent for a URL that was discovered on a page. */
  line?: number;
  /** Only for links of documents: further places where the link occurs, as `source:line`, at most 100. */
  places?: readonly string[];
  /** How many more places there are. */
  morePlaces?: number;
  /** `line`: the row stands for its line, and other rows may have the same URL. */
  identity?: 'line';
  /** The record's `meta`. The log contains it exactly as it was written. */
  meta?: Json;
  /**
   * The text of `meta`, if `JSON.stringify(meta)` differs from it: numbers beyond 2^53, `1.50`, white space. Not a
   * field of the log, where `meta` is written as this text.
   */
  metaText?: string;
  method: string;
  /** The URL after all redirects, if that differs from `url`. */
  finalUrl?: string;
  status?: number;
  verdict: Verdict;
  ok: boolean;
  /** Bytes of the body after content decoding. */
  sizeBytes?: number;
  /** Bytes of the body as received, before content decoding. */
  wireBytes?: number;
  /**
   * The body is incomplete. It was cut at the run's limit, or its content encoding did not end properly. If nothing
   * needs the body, it was cut at the timeout or after the first bytes of an endless stream.
   */
  truncated?: true;
  contentType?: string;
  /** The file with the decoded body, relative to the worker's folder for bodies. */
  bodyFile?: string;
  remoteAddress?: string;
  /**
   * When the server's certificate expires, in ISO 8601 (UTC), and how many whole days that is after `finishedAt`. The
   * days are negative if it has expired.
   */
  certificateExpiresAt?: string;
  certificateDaysLeft?: number;
  /** Why the verdict is `tls`, or with `insecure`, why it would have been. */
  tlsProblem?: TlsProblem;
  /** Set if the server speaks only HTTP/2. Absent for HTTP/1. */
  httpVersion?: '2';
  /** The HTTP faults of the response. A tolerant parser read it anyway. */
  httpFaults?: HttpFault[];
  /**
   * Duration of the last attempt: from its start to the last byte, with DNS, connecting and all redirects, but without
   * our own waiting.
   */
  latencyMs?: number;
  /**
   * How long the URL waited in Trawl: from its acceptance into the frontier to the start of the last attempt, without
   * the duration of earlier attempts.
   */
  waitMs?: number;
  timings?: Timings;
  redirects?: RedirectHop[];
  /** Fetches made, including the last one; 0 if there were none. */
  attempts: number;
  error?: OutcomeError;
  depth: number;
  /** The page on which a discovered URL was found first. */
  referrer?: string;
  /**
   * The URL was requested but its links were not followed, because it is outside the run's scope, `nofollow`, or a link
   * of a document.
   */
  external?: true;
  /** Distinct links on the page that are followed or checked. Absent if links were not extracted. */
  links?: number;
  /** The keys of the URLs of these links, packed by `packKeys`. */
  linkKeys?: string;
  /** With `--fragments`: the keys of everything on this page that a fragment can point at, packed by `packKeys`. */
  anchors?: string;
  /**
   * With `--fragments`: links of the page whose fragment needs an element to point at, at most 128 KiB of them; for a
   * document's link, its own fragments.
   */
  fragments?: string[];
  /** How many more links with a fragment the page has. These are not checked. */
  moreFragments?: number;
  /** With `--show-skipped`: links that were not followed, at most 1,000. */
  skippedLinks?: SkippedLink[];
  /** The worker process that settled the entry. */
  worker?: string;
  /** Start and end of the last attempt, in ISO 8601 (UTC). */
  startedAt?: string;
  finishedAt: string;
  /**
   * The values that the run's `map` returned for the page, at least one. The last field, so that its keys cannot be
   * mistaken for those of the outcome.
   */
  data?: unknown[];
}
