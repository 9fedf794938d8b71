/** RFC 9110 section 9.1, PATCH (RFC 5789) and what WebDAV and caches add; CONNECT and TRACE are not for clients like this. */
const METHOD = /^[A-Z][A-Z-]{0,31}$/;
const REFUSED = new Set(['CONNECT', 'TRACE']);
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What is wrong with a request method in upper case, or undefined. */
export function methodProblem(method: string): string | undefined {
  if (!METHOD.test(method)) return 'is not a request method such as GET or POST';
  return REFUSED.has(method) ? `the method ${method} cannot be sent` : undefined;
}

/** True for methods that a server does not act on (RFC 9110 section 9.2.1): sending one twice does no harm. */
export function isSafeMethod(method: string): boolean {
  return SAFE.has(method);
}
