import type { Chain } from '../model/chain.ts';
import type { OutcomeError } from '../model/outcome.ts';
import type { RunOptions } from '../model/run-options.ts';
import type { PageBudget } from './body/page-budget.ts';
import type { ChainCookies } from './chain-cookies.ts';
import type { FailureVerdict } from './fetch-result.ts';

/** True for the Content-Type of a response whose body is wanted; undefined where it has none. */
export type KeepsType = (contentType: string | undefined) => boolean;

/** Takes a body as it comes, at its own pace. */
export interface BodySink {
  /** The head of the answer has come, behind all redirects. */
  begin(status: number): void;
  /** The next decoded bytes. True: more may come at once. False: none are read until `resume` is called, which must not happen inside this call. */
  write(chunk: Buffer, resume: () => void): boolean;
}

/** Why a redirect is not followed: the result of the fetch. */
export interface RedirectRefusal {
  verdict: FailureVerdict;
  error: OutcomeError;
  retryable: boolean;
}

/** What is to be fetched, and how. */
export interface FetchRequest {
  /** An http or https URL, as WHATWG serialises it. */
  url: string;
  /** In upper case. */
  method: string;
  body?: string | undefined;
  /** Sent over the run's headers of the same names. `env:NAME` values are resolved like those. */
  headers?: RunOptions['headers'] | undefined;
  /** False: a server may act on each request, so that none that went out is sent again by itself. */
  repeatable?: boolean | undefined;
  /** Keep headers and body of the response: always, or the body only of such a content type. Otherwise the body is counted and dropped. */
  keepContent?: boolean | KeepsType | undefined;
  /** Gets the body, in place of `keepContent`. The run's timeout then limits silence: until the head, and between two pieces of the body. */
  sink?: BodySink | undefined;
  /** What a large body takes its memory from; it waits for that if need be. Without one, none waits. The caller closes the share of the content. */
  budget?: PageBudget | undefined;
  /** Asked before each redirect is followed: `follow` now, `move` on and end the fetch as `moved`, or why not at all. Without it, every redirect is followed. */
  judgeRedirect?: ((to: URL, isSameOrigin: boolean) => 'follow' | 'move' | RedirectRefusal) | undefined;
  /** The fetch goes on from here. `url`, `method`, `body` and `headers` are those it started with. */
  chain?: Chain | undefined;
  /** The value of Authorization for a chain that `needsSecret`. */
  authorization?: string | undefined;
  /** The cookies of a chain that `hasCookies`. The fetch adds to them. */
  cookies?: ChainCookies | undefined;
  /** How much of the timeout is left for the rest of a chain, in milliseconds. */
  timeLeftMs?: number | undefined;
  /** The same object for all requests of a run: what follows from it is worked out once. */
  options: RunOptions;
  /** The host that the operator named, as WHATWG serialises it: on it private addresses may be reached under `privateAddresses: 'seeds'`. */
  namedHost?: string | undefined;
  /** The URL's host if a page at a private address links to it: on it private addresses may be reached under `privateAddresses: 'linked'`. */
  linkedHost?: string | undefined;
  /** Called when a request to the URL's origin has gone out: right after it was written, also for each redirect within it. */
  onSent?: (() => void) | undefined;
}
