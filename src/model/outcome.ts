import type { LeftOut } from './left-out.ts';
import type { Json } from './request-spec.ts';
import type { TlsProblem } from './tls-problem.ts';
import type { Verdict } from './verdict.ts';

/** Phases of the last hop, in milliseconds. A phase that did not happen (a reused connection has no DNS) or did not end is absent. */
export interface Timings {
  dnsMs?: number;
  connectMs?: number;
  /** A proxy's opening of a tunnel. */
  proxyMs?: number;
  tlsMs?: number;
  /** From the request's first byte sent to the first byte of the response's headers. */
  ttfbMs?: number;
  /** From the response's headers to its last byte. */
  downloadMs?: number;
}

/** A fault in the HTTP/1.1 of a response that browsers accept. */
export type HttpFault =
  /** A line ends with LF alone. */
  | 'line-feed'
  /** An odd version, more than one blank after it, or a tab. */
  | 'status-line'
  /** The connection ends in place of the empty line behind the headers. */
  | 'unfinished-head'
  | 'folded-header'
  /** In the value of a header. */
  | 'control-character'
  /** A header without a name or with characters that names do not have. */
  | 'header-name'
  /** Several, all of them equal. */
  | 'repeated-content-length'
  | 'length-and-transfer-encoding'
  /** Blanks after the size of a chunk. */
  | 'chunk-size';

/** One redirect that was followed: the status that sent us on, and the URL that sent it. */
export interface RedirectHop {
  status: number;
  url: string;
}

/** A link that was not followed, as it stands or as WHATWG serialises it. */
export interface SkippedLink {
  url: string;
  reason: LeftOut;
}

export interface OutcomeError {
  /** Stable and machine-readable, such as `ECONNREFUSED` or `UNSUPPORTED_SCHEME`. */
  code: string;
  /** For people: says what happened and, where there is one, the way out. */
  message: string;
  /** Where an attempt stood that failed for its connection or ran out of time. */
  phase?: Phase;
}

/**
 * The phases of a hop: its name is looked up, TCP connects, a proxy is asked for a tunnel, TLS shakes hands, the request is sent and waits for an answer, the
 * body comes.
 */
export type Phase = 'dns' | 'connect' | 'proxy' | 'tls' | 'answer' | 'body';

/**
 * The final record of an entry: one line of NDJSON in the outcome log.
 * Absent values are absent, never null. Fields are only ever added.
 */
export interface Outcome {
  schema: 1;
  run: string;
  /** The URL that was requested, as WHATWG serialises it; for `invalid-url`, the input itself; for a local link of a document, the path from the working directory, and the fragment. */
  url: string;
  /** As it was written in the source, where that differs from `url`. */
  input?: string;
  /** The source's name, where a run has several. */
  source?: string;
  /** Line in the source, from 1. Absent for a URL that was discovered. */
  line?: number;
  /** Of a link in documents, and of no other row: where else it stands, as `source:line`, 100 at most. */
  places?: readonly string[];
  /** How many places are beyond those. */
  morePlaces?: number;
  /** `line`: the row stands for its line, and other rows may have the same URL. */
  identity?: 'line';
  /** What the record said under `meta`. In the log it is the record's own text. */
  meta?: Json;
  /** That text, where `JSON.stringify(meta)` is another one: a number beyond 2^53, `1.50`, white space. Not a field of the log, where `meta` is this text. */
  metaText?: string;
  method: string;
  /** Where redirects led, where that differs from `url`. */
  finalUrl?: string;
  status?: number;
  verdict: Verdict;
  ok: boolean;
  /** Decoded body. */
  sizeBytes?: number;
  /** Body as it came over the wire, before content decoding. */
  wireBytes?: number;
  /** The body was cut: at the run's cap, where its content encoding did not end, or, where nothing needs it, at the timeout or after the first bytes of an endless stream. */
  truncated?: true;
  contentType?: string;
  /** Where the decoded body was saved, within the folder for that of the worker. */
  bodyFile?: string;
  remoteAddress?: string;
  /** When the server's certificate ends, ISO 8601 in UTC, and whole days from `finishedAt` until then, negative when it has ended. */
  certificateExpiresAt?: string;
  certificateDaysLeft?: number;
  /** Of the verdict `tls`, or with `insecure` what would have been one. */
  tlsProblem?: TlsProblem;
  /** The server speaks HTTP/2 only. Absent for HTTP/1. */
  httpVersion?: '2';
  /** What was wrong with the HTTP of the response. A tolerant parser read it all the same. */
  httpFaults?: HttpFault[];
  /** The last attempt, from its start to the last byte, with DNS, connect and every redirect in it; our own waiting not. */
  latencyMs?: number;
  /** Our own waiting: from the frontier's accepting the URL to the start of its last attempt, without the time that earlier attempts took. */
  waitMs?: number;
  timings?: Timings;
  redirects?: RedirectHop[];
  /** Fetches made, the last one included; 0 where none was. */
  attempts: number;
  error?: OutcomeError;
  depth: number;
  /** The page on which a discovered URL was found first. */
  referrer?: string;
  /** It lies outside the run's scope: it was requested, and not followed. */
  external?: true;
  /** Distinct links on the page that are followed or checked; absent where none were looked for. */
  links?: number;
  /** Which ones, as `packKeys` packs the keys of their URLs. */
  linkKeys?: string;
  /** With `--fragments`, packed likewise: the keys of what a fragment can point at on this page. */
  anchors?: string;
  /** With `--fragments`: the links of the page whose fragment names something, 128 KiB of them at most, and those that documents have to the page. */
  fragments?: string[];
  /** How many further links of the page have a fragment; these are not checked. */
  moreFragments?: number;
  /** With `--show-skipped`: links that were left out, 1,000 at most. */
  skippedLinks?: SkippedLink[];
  /** The worker process that settled it. */
  worker?: string;
  /** Start and end of the last attempt, ISO 8601 in UTC. */
  startedAt?: string;
  finishedAt: string;
  /** What the run's `map` made of the page, at least one value. Last, so that no key in it can be taken for one of the outcome's. */
  data?: unknown[];
}
