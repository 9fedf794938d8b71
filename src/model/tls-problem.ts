/** What keeps a TLS connection from being trusted. Revocation is no part of it: neither CRLs nor OCSP are asked. */
export type TlsProblem =
  | 'expired'
  | 'not-yet-valid'
  | 'wrong-host'
  | 'self-signed'
  /** Nobody whom this system trusts vouches for it, or an intermediate certificate is missing. */
  | 'unknown-issuer'
  /** Something else is wrong with the certificate. */
  | 'untrusted'
  /** The two sides found no way to talk TLS. */
  | 'protocol';

/** By the codes of OpenSSL and Node. */
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
const OF_PROTOCOL = /^(?:ERR_SSL_|EPROTO$|ERR_TLS_(?!CERT_))/;

/** What a code of OpenSSL or Node says of a connection that failed as TLS. */
export function tlsProblemOf(code: string): TlsProblem {
  return PROBLEMS[code] ?? (OF_PROTOCOL.test(code) ? 'protocol' : 'untrusted');
}
