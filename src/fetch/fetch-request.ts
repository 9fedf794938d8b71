import type { Chain } from '../model/chain.ts';
import type { OutcomeError } from '../model/outcome.ts';
import type { RunOptions } from '../model/run-options.ts';
import type { PageBudget } from './body/page-budget.ts';
import type { ChainCookies } from './chain-cookies.ts';
import type { FailureVerdict } from './fetch-result.ts';

/** Returns true if the body of a response with this Content-Type is wanted. Undefined: there is no Content-Type. */
export type KeepsType = (contentType: string | undefined) => boolean;

/** Receives a body as it arrives, and can pause it. */
export interface BodySink {
  /** The head of the final response has arrived, after all redirects. */
  begin(status: number): void;
  /**
   * The next decoded bytes. True: send more at once. False: pause until `resume` is called, which must not happen
   * during this call.
   */
  write(chunk: Buffer, resume: () => void): boolean;
}

/** Why a redirect is not followed. This becomes the result of the fetch. */
export interface RedirectRefusal {
  verdict: FailureVerdict;
  error: OutcomeError;
  retryable: boolean;
}

/** A request to fetch a URL. */
export interface FetchRequest {
  /** An http or https URL, serialised by WHATWG. */
  url: string;
  /** In upper case. */
  method: string;
  body?: string | undefined;
  /** Headers that override the run's headers of the same names. `env:NAME` values are resolved in the same way. */
  headers?: RunOptions['headers'] | undefined;
  /**
   * False: the request must not be sent twice, so it is never repeated automatically once it was sent. Default:
   * true.
   */
  repeatable?: boolean | undefined;
  /**
   * Keep the headers and body of the response: always, or the body only for some content types. Otherwise the body is
   * only counted.
   */
  keepContent?: boolean | KeepsType | undefined;
  /**
   * Receives the body instead of `keepContent`. The run's timeout then limits silence: until the head, and between two
   * pieces of the body.
   */
  sink?: BodySink | undefined;
  /**
   * The budget from which a large body takes memory; it waits if there is none left. Without a budget, nothing waits.
   * The caller must close the share of the content.
   */
  budget?: PageBudget | undefined;
  /**
   * Called before each redirect. `follow` follows it now, `move` ends the fetch as `moved`, and a refusal ends it as a
   * failure. Without this function, every redirect is followed.
   */
  judgeRedirect?: ((to: URL, isSameOrigin: boolean) => 'follow' | 'move' | RedirectRefusal) | undefined;
  /**
   * The state from which the fetch continues. `url`, `method`, `body` and `headers` are still those of the first
   * request.
   */
  chain?: Chain | undefined;
  /** The value of Authorization, for a chain with `needsSecret`. */
  authorization?: string | undefined;
  /** The cookies, for a chain with `hasCookies`. The fetch adds to them. */
  cookies?: ChainCookies | undefined;
  /** The time that is left for the rest of a chain, in milliseconds. Default: the run's timeout. */
  timeLeftMs?: number | undefined;
  /** Must be the same object for all requests of a run, because derived values are cached per object. */
  options: RunOptions;
  /**
   * The host that the operator named, serialised by WHATWG. Private addresses may be reached on it with
   * `privateAddresses: 'seeds'`.
   */
  namedHost?: string | undefined;
  /**
   * The URL's host, if a page at a private address links to it. Private addresses may be reached on it with
   * `privateAddresses: 'linked'`.
   */
  linkedHost?: string | undefined;
  /** Called right after a request to the URL's origin was written, and for each redirect within the origin. */
  onSent?: (() => void) | undefined;
}
