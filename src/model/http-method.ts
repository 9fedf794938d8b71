/**
 * Methods of RFC 9110 section 9.1, PATCH (RFC 5789), and the extensions of WebDAV and caches, such as PROPFIND and
 * PURGE.
 */
const METHOD = /^[A-Z][A-Z-]{0,31}$/;
/** CONNECT opens a tunnel, and TRACE can reflect secrets: neither makes sense for a crawler. */
const REFUSED = new Set(['CONNECT', 'TRACE']);
/** The safe methods of RFC 9110 section 9.2.1, without TRACE. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Why a request method cannot be used, or undefined if it can.
 *
 * @param method in upper case
 */
export function methodProblem(method: string): string | undefined {
  if (!METHOD.test(method)) return 'is not a request method such as GET or POST';
  return REFUSED.has(method) ? `the method ${method} cannot be sent` : undefined;
}

/** True for safe methods, on which a server does not act (RFC 9110 section 9.2.1): they may be sent twice. */
export function isSafeMethod(method: string): boolean {
  return SAFE.has(method);
}
