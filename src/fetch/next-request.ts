import type { Chain } from '../model/chain.ts';
import type { RedirectHop } from '../model/outcome.ts';
import { ChainCookies } from './chain-cookies.ts';
import type { FetchRequest } from './fetch-request.ts';
import type { FetchMoved } from './fetch-result.ts';
import type { Hop } from './hop.ts';
import { type Redirection, redirection, redirectMethod, takeCredentials, withoutFragment } from './redirect.ts';
import { cookieOf, type RequestHeaders, withAuthorization, withCookie, withoutBodyHeaders } from './request-headers.ts';

/** A safeguard: callers should pass only http and https URLs. */
class UnsupportedSchemeError extends Error {
  readonly code = 'UNSUPPORTED_SCHEME';
}

/** The request that a fetch sends next: the one it was given, as the redirects so far have changed it. */
export class NextRequest {
  readonly #request: FetchRequest;
  readonly #headers: RequestHeaders;
  #url: string;
  #method: string;
  #body: string | undefined;
  #redirects: RedirectHop[] | undefined;
  #cookies: ChainCookies | undefined;
  #authorization: string | undefined;
  /**
   * A redirect of the chain led to an origin other than that of the request's URL. From then on, even back at that
   * origin, the run's credentials are not sent.
   */
  #leftOrigin = false;
  #movedAway = false;
  /** A redirect dropped the body. */
  #droppedBody: boolean;

  constructor(request: FetchRequest, headers: RequestHeaders) {
    const { chain } = request;
    this.#request = request;
    this.#headers = headers;
    this.#url = chain?.url ?? request.url;
    this.#method = chain?.method ?? request.method;
    this.#droppedBody = chain?.method !== undefined;
    this.#body = this.#droppedBody ? undefined : request.body;
    this.#authorization = request.authorization;
    this.#cookies = request.cookies;
    if (chain === undefined) return;
    // A chain without redirects either continues with http instead of https, or requests the same URL in another manner.
    if (chain.redirects.length > 0 || chain.url !== request.url) this.#redirects = [...chain.redirects];
    this.#leftOrigin = [...chain.redirects.slice(1), chain].some(({ url }) => new URL(url).origin !== chain.home);
  }

  /** The URL to request: once parsed without credentials, and with the fragment that a redirect set. */
  get url(): string {
    return this.#url;
  }

  get method(): string {
    return this.#method;
  }

  get body(): string | undefined {
    return this.#body;
  }

  /** Undefined if the chain has had none. */
  get redirects(): RedirectHop[] | undefined {
    return this.#redirects;
  }

  /** True if a redirect in this fetch led to another origin. */
  get movedAway(): boolean {
    return this.#movedAway;
  }

  /** Parses the URL. Credentials in it become the request's Authorization. Throws if the scheme is not supported. */
  parseUrl(): URL {
    const url = new URL(this.#url);
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      throw new UnsupportedSchemeError(`the scheme ${url.protocol.slice(0, -1)} is not supported: only http and https are`);
    this.#authorization = takeCredentials(url) ?? this.#authorization;
    this.#url = url.href;
    return url;
  }

  /** The headers to send to this origin. */
  headersFor(origin: string): string[] {
    let headers = this.#leftOrigin ? this.#headers.foreign : this.#headers.full;
    if (this.#droppedBody) headers = withoutBodyHeaders(headers);
    const isOwn = this.#headers.hasOwnAuthorization && !this.#leftOrigin;
    const authorization = this.#authorization ?? (isOwn ? undefined : this.#headers.byOrigin.get(origin));
    const cookie = this.#cookies?.headerFor(this.#url, cookieOf(headers));
    if (cookie !== undefined) headers = withCookie(headers, cookie);
    return authorization === undefined ? headers : withAuthorization(headers, authorization);
  }

  /** Changes the request as the response of `hop`, a redirect, demands. If the redirect is refused, the URL stays. */
  redirect(hop: Hop): Redirection {
    if (hop.setCookies.length > 0) {
      this.#cookies ??= new ChainCookies();
      this.#cookies.take(hop.setCookies, this.#url);
    }
    const visited = this.#redirects?.map(({ url }) => url) ?? [];
    const next = redirection(hop.head?.location ?? '', new URL(this.#url), visited, this.#request.options.maxRedirects);
    if (next.kind === 'refuse') return next;
    this.#redirects ??= [];
    this.#redirects.push({ status: hop.status, url: withoutFragment(this.#url) });
    this.#url = next.url.href;
    const method = redirectMethod(this.#method, hop.status);
    if (method !== this.#method) {
      this.#method = method;
      this.#body = undefined;
      this.#droppedBody = true;
    }
    if (!next.sameOrigin) {
      this.#leftOrigin = true;
      this.#movedAway = true;
    }
    this.#authorization = next.authorization ?? (next.sameOrigin ? this.#authorization : undefined);
    return next;
  }

  /** The result that leaves this request to another fetch. */
  moved({ requests, startedAtMs, usedMs }: Pick<Chain, 'requests' | 'startedAtMs' | 'usedMs'>): FetchMoved {
    const chain: Chain = {
      home: this.#request.chain?.home ?? new URL(this.#request.url).origin,
      url: this.#url,
      redirects: this.#redirects ?? [],
      requests,
      startedAtMs,
      usedMs,
    };
    if (this.#method !== this.#request.method) chain.method = this.#method;
    const moved: FetchMoved = { kind: 'moved', chain };
    if (this.#cookies !== undefined || this.#request.chain?.hasCookies) chain.hasCookies = true;
    if (this.#cookies !== undefined) moved.cookies = this.#cookies;
    if (this.#authorization !== undefined) {
      chain.needsSecret = true;
      moved.authorization = this.#authorization;
    }
    return moved;
  }
}
