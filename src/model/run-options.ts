import type { LinkOptions } from './link-options.ts';

/** How a URL is requested that the list gives without a scheme. `auto`: by https, and by http if no https connection comes about. */
export type BareScheme = 'auto' | 'https' | 'http';

/** How far requests may reach into private address space. */
export type PrivateAddresses = 'seeds' | 'linked' | 'allow' | 'deny';

/** An inclusive range of HTTP status codes. */
export type StatusRange = readonly [from: number, to: number];

/**
 * What a run is: these travel with it to every worker, whose own environment does not change them.
 * Header values of the form `env:NAME` are read from each worker's environment, so that secrets never travel.
 */
export interface RunOptions extends LinkOptions {
  /** Requests in flight to one origin, in the whole cluster. */
  hostConcurrency: number;
  /** Least time between starts of requests to one origin, in the whole cluster. */
  hostIntervalMs: number;
  /** One attempt, all of it: DNS, connect, headers, body and every redirect. */
  timeoutMs: number;
  /** DNS, TCP and TLS of one connection. */
  connectTimeoutMs: number;
  /** Further attempts after network errors, 408, 429 and 5xx. */
  retries: number;
  /** Redirects followed; 0 makes the 3xx itself the outcome. */
  maxRedirects: number;
  /** Decoded bytes of a body; beyond it the outcome is marked truncated. */
  maxBodyBytes: number;
  /** How URLs are requested that lists give without a scheme. Default: http. */
  scheme?: BareScheme;
  /** In upper case; that of requests that name none of their own. */
  method: string;
  headers: ReadonlyArray<readonly [name: string, value: string]>;
  userAgent: string;
  /** Statuses that count as success. */
  accept: readonly StatusRange[];
  privateAddresses: PrivateAddresses;
  /** Certificates that cannot be trusted are told of, and do not stop anything. */
  insecure: boolean;
  /** Credentials by the origin that gets them: `user:password`, or `env:NAME` where that is found. */
  auth: ReadonlyArray<readonly [origin: string, credentials: string]>;
  /** The path of a module with a function `map`, as it was written: each worker finds it from its own working directory. */
  map?: string;
  /** What `map` may take for one page. */
  mapTimeoutMs: number;
  /**
   * What an origin did before does not count: one that did not answer is tried in full all the same, and one that asked for patience is asked again at once. For checks, whose time the
   * operator set, and which are to see when a service is back.
   */
  independent?: boolean;
  /** What started the run, if it was a schedule, and the run that this started before. Changes nothing about the run. */
  schedule?: { name: string; previous?: string };
}

/** True if the status counts as success in this run. */
export function isAccepted(status: number, accept: readonly StatusRange[]): boolean {
  for (const [from, to] of accept) if (status >= from && status <= to) return true;
  return false;
}
