import { quote } from '../model/parsed.ts';
import { withoutDotSegments } from '../model/url/canonical-url.ts';
import { basicAuthorization } from './request-headers.ts';

/** The target of a redirect, or why it is not followed. */
export type Redirection =
  | {
      kind: 'follow';
      /** The target without credentials. */
      url: URL;
      sameOrigin: boolean;
      /** The value of Authorization, if the Location contained credentials. */
      authorization?: string;
    }
  | { kind: 'refuse'; verdict: 'protocol' | 'too-many-redirects'; code: string; message: string };

/**
 * True for the statuses whose Location is followed (RFC 9110 section 15.4). 300 leaves the choice to the user, and 304
 * is not a redirect.
 */
export function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/**
 * The method with which a redirect is followed (Fetch Standard, HTTP-redirect fetch): 303 changes all methods but HEAD
 * to GET, and 301 and 302 change POST to GET.
 */
export function redirectMethod(method: string, status: number): string {
  if (status === 303) return method === 'HEAD' ? method : 'GET';
  return method === 'POST' && (status === 301 || status === 302) ? 'GET' : method;
}

/**
 * Resolves a Location header. A Location without a fragment inherits that of `from` (RFC 9110 section 10.2.2).
 *
 * A URL that was visited before is followed like any other, because with new cookies, or after some time, it may
 * respond differently.
 *
 * @param from the URL of the response, without credentials
 * @param visited the URLs requested before it, without credentials and fragments
 * @param maxRedirects how many redirects may be followed in all
 */
export function redirection(location: string, from: URL, visited: readonly string[], maxRedirects: number): Redirection {
  if (!URL.canParse(location, from.href))
    return refuse('protocol', 'BAD_REDIRECT', `${from.host} redirects to ${quote(location)}, which is not a URL`);
  const url = withoutDotSegments(new URL(location, from));
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    const scheme = url.protocol.slice(0, -1);
    return refuse('protocol', 'UNSUPPORTED_REDIRECT', `${from.host} redirects to the scheme ${scheme}: only http and https are followed`);
  }
  const authorization = takeCredentials(url);
  if (visited.length >= maxRedirects) {
    const target = withoutFragment(url.href);
    const isLoop = target === withoutFragment(from.href) || visited.includes(target);
    const code = isLoop ? 'REDIRECT_LOOP' : 'TOO_MANY_REDIRECTS';
    const message = `${isLoop ? `${from.host} redirects in a loop: ` : ''}more than ${maxRedirects} redirects: --max-redirects allows more`;
    return refuse('too-many-redirects', code, message);
  }
  if (!url.href.includes('#')) url.hash = from.hash;
  return { kind: 'follow', url, sameOrigin: url.origin === from.origin, ...(authorization !== undefined && { authorization }) };
}

/** Removes `user:password@` from the URL, and returns the Authorization value for it. */
export function takeCredentials(url: URL): string | undefined {
  const authorization = basicAuthorization(url);
  if (authorization !== undefined) {
    url.username = '';
    url.password = '';
  }
  return authorization;
}

/** The URL without its fragment, as it is requested and compared. */
export function withoutFragment(href: string): string {
  const at = href.indexOf('#');
  return at === -1 ? href : href.slice(0, at);
}

function refuse(verdict: 'protocol' | 'too-many-redirects', code: string, message: string): Redirection {
  return { kind: 'refuse', verdict, code, message };
}
