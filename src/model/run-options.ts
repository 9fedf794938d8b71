import type { LinkOptions } from './link-options.ts';

/**
 * How to request a URL of a list that has no scheme. `auto`: with https, and with http if no https connection can be
 * established.
 */
export type BareScheme = 'auto' | 'https' | 'http';

/**
 * Which URLs may be fetched from private addresses: those on hosts of seeds (`seeds`), also those linked from pages at
 * private addresses (`linked`), all, or none.
 */
export type PrivateAddresses = 'seeds' | 'linked' | 'allow' | 'deny';

/** An inclusive range of HTTP status codes. */
export type StatusRange = readonly [from: number, to: number];

/**
 * The options of a run. They are sent to every worker, and a worker's own environment does not change them. Header
 * values of the form `env:NAME` are read from each worker's environment, so that secrets are never sent.
 */
export interface RunOptions extends LinkOptions {
  /** Concurrent requests to one origin, in the whole cluster. */
  hostConcurrency: number;
  /** Minimum time between the starts of two requests to one origin, in the whole cluster. */
  hostIntervalMs: number;
  /** Limit for one attempt as a whole: DNS, connecting, headers, body and all redirects. */
  timeoutMs: number;
  /** Limit for DNS, TCP and TLS of one connection. */
  connectTimeoutMs: number;
  /** Further attempts after network errors, 408, 429 and 5xx. */
  retries: number;
  /** Most redirects that are followed. With 0, the 3xx response itself is the outcome. */
  maxRedirects: number;
  /** Most bytes of a decoded body. A longer body is cut and its outcome marked `truncated`. */
  maxBodyBytes: number;
  /** How to request URLs of lists that have no scheme. Absent: `http`. */
  scheme?: BareScheme;
  /** In upper case. The method of requests that have none of their own. */
  method: string;
  headers: ReadonlyArray<readonly [name: string, value: string]>;
  userAgent: string;
  /** Statuses that count as success. */
  accept: readonly StatusRange[];
  privateAddresses: PrivateAddresses;
  /** Report certificate problems instead of failing. */
  insecure: boolean;
  /** Credentials by origin: `user:password`, or `env:NAME` for an environment variable that contains that. */
  auth: ReadonlyArray<readonly [origin: string, credentials: string]>;
  /**
   * The path of a module that exports `map`, as the user wrote it. Each worker resolves it from its own working
   * directory.
   */
  map?: string;
  /** Time limit of `map` for one page. */
  mapTimeoutMs: number;
  /**
   * Ignore what earlier requests to an origin showed: an origin that did not answer still gets full attempts, and one
   * that asked for a pause is requested at once. Meant for checks, which run on the operator's schedule and must notice
   * at once when a service is back.
   */
  independent?: boolean;
  /** The schedule that started the run, and the run that it started before. Does not affect how the run works. */
  schedule?: { name: string; previous?: string };
  /**
   * The span that began the run, as the value of a `traceparent` header (W3C Trace Context). Spans of all processes that
   * work on the run are below it. Absent if the run was begun without tracing.
   */
  traceparent?: string;
}

/** True if the status counts as success in this run. */
export function isAccepted(status: number, accept: readonly StatusRange[]): boolean {
  for (const [from, to] of accept) if (status >= from && status <= to) return true;
  return false;
}
