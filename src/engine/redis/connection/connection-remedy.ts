import { redisRemedy } from '../../../model/redis-refusal.ts';
import type { RedisAddress } from '../../../options/redis-url.ts';

/** What TLS says of a certificate, in the words of Node and OpenSSL, and what to do about it. */
const TLS_REMEDIES: ReadonlyArray<readonly [RegExp, string]> = [
  [
    /self.signed certificate|unable to (verify the first certificate|get (local )?issuer certificate)/i,
    'its certificate is of an authority that is not trusted here: name the certificate of that authority with --redis-ca / TRAWL_REDIS_CA',
  ],
  [
    /does not match certificate's altnames/i,
    'its certificate is for other names: connect by one of those, or let Sentinels and nodes announce their names (docs/cluster.md)',
  ],
  [/certificate has expired|certificate is not yet valid/i, 'its certificate is not valid now: renew it, or set the clocks'],
  [
    /alert certificate required|alert handshake failure/i,
    'it wants a certificate of the client: give --redis-cert and --redis-key / TRAWL_REDIS_CERT and TRAWL_REDIS_KEY',
  ],
  [
    /alert (unknown ca|bad certificate|certificate (unknown|expired|revoked)|unsupported certificate|decrypt error)/i,
    'it does not accept the certificate of --redis-cert / TRAWL_REDIS_CERT: take one of the authority that it trusts',
  ],
  [/wrong version number|packet length too long|http request/i, 'it speaks no TLS on this port: write redis:// instead of rediss://'],
];

/** They stay wrong until somebody changes them. */
const CREDENTIALS = /NOAUTH|WRONGPASS|invalid (username|password)|ERR AUTH/i;

/** The error tells of a setting that is wrong, so that waiting is of no use. */
export function isSettingWrong(message: string): boolean {
  return CREDENTIALS.test(message) || TLS_REMEDIES.some(([said]) => said.test(message));
}

/** What to do about a connection that did not come about, or undefined if nothing special is to be done. */
export function connectionRemedy(message: string, { kind, tls }: RedisAddress, hasCertificate: boolean): string | undefined {
  const remedy = TLS_REMEDIES.find(([said]) => said.test(message))?.[1];
  if (remedy !== undefined) return remedy;
  const refusal = isLookup(message) ? /\b(NOAUTH|WRONGPASS|NOPERM)\b/.exec(message)?.[1] : undefined;
  if (refusal !== undefined && kind === 'cluster') return redisRemedy(refusal);
  if (kind === 'sentinel') {
    if (refusal !== undefined)
      return 'the Sentinels want another user or password: give them in the URL, as ?sentinel-username=USER&sentinel-password=PASSWORD';
    if (/unknown command .?sentinel/i.test(message)) return 'these are no Sentinels: give their addresses, usually on port 26379';
    if (/knows no master/.test(message)) return 'correct the name behind the hosts in the URL';
  }
  if (kind === 'cluster' && /cluster support disabled/i.test(message))
    return 'it is no cluster: write redis:// instead of redis+cluster://';
  // Redis waits for the end of what it takes for a command.
  if (tls && /ETIMEDOUT/.test(message))
    return 'nothing answers there, or it speaks no TLS on this port: then write redis:// instead of rediss://';
  if (!/ECONNRESET|EPIPE|Connection is closed/.test(message)) return undefined;
  if (!tls) return 'it hung up: if it expects TLS, write rediss:// instead of redis://';
  // What it says of the client's certificate may be lost when it closes the connection.
  return hasCertificate
    ? 'it hung up: it may not accept the certificate of --redis-cert / TRAWL_REDIS_CERT'
    : 'it hung up: it may want a certificate of the client: give --redis-cert and --redis-key / TRAWL_REDIS_CERT and TRAWL_REDIS_KEY';
}

function isLookup(message: string): boolean {
  return message.startsWith('no server says where the master is');
}
