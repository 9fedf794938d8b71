/** Why a TLS connection cannot be trusted. Revocation (CRL, OCSP) is not checked. */
export type TlsProblem =
  | 'expired'
  | 'not-yet-valid'
  | 'wrong-host'
  | 'self-signed'
  /** The issuer is not trusted on this system, or an intermediate certificate is missing. */
  | 'unknown-issuer'
  /** Any other problem with the certificate. */
  | 'untrusted'
  /** The TLS handshake failed: the two sides share no protocol version or cipher, or the server does not speak TLS. */
  | 'protocol';

/** The problem for each code of OpenSSL and Node. */
const PROBLEMS: Readonly<Record<string, TlsProblem>> = {
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not-yet-valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong-host',
  ERR_TLS_CERT_ALTNAME_FORMAT: 'wrong-host',
  HOSTNAME_MISMATCH: 'wrong-host',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'self-signed',
  UNABLE_TO_GET_ISSUER_CERT: 'unknown-issuer',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown-issuer',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknown-issuer',
  CERT_UNTRUSTED: 'unknown-issuer',
};
const PROTOCOL_CODE = /^(?:ERR_SSL_|EPROTO$|ERR_TLS_(?!CERT_))/;

/** The problem behind an error code of OpenSSL or Node, for a connection that failed during TLS. */
export function tlsProblemOf(code: string): TlsProblem {
  return PROBLEMS[code] ?? (PROTOCOL_CODE.test(code) ? 'protocol' : 'untrusted');
}
