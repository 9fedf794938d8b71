import { redisRemedy } from '../../../model/redis-refusal.ts';
import type { RedisAddress } from '../../../options/redis-url.ts';

/** TLS errors as Node and OpenSSL word them, and what to do about each. */
const TLS_REMEDIES: ReadonlyArray<readonly [RegExp, string]> = [
  [
    /self.signed certificate|unable to (verify the first certificate|get (local )?issuer certificate)/i,
    'its certificate was issued by an authority that is not trusted here: name the certificate of that authority with --redis-ca / TRAWL_REDIS_CA',
  ],
  [
    /does not match certificate's altnames/i,
    'its certificate is for other names: use one of them in the URL, or let Sentinels and nodes announce their names (docs/cluster.md)',
  ],
  [/certificate has expired|certificate is not yet valid/i, 'its certificate is not valid now: renew it, or correct the clocks'],
  [
    /alert certificate required|alert handshake failure/i,
    'it requires a client certificate: give --redis-cert and --redis-key / TRAWL_REDIS_CERT and TRAWL_REDIS_KEY',
  ],
  [
    /alert (unknown ca|bad certificate|certificate (unknown|expired|revoked)|unsupported certificate|decrypt error)/i,
    'it does not accept the certificate of --redis-cert / TRAWL_REDIS_CERT: use one of an authority that it trusts',
  ],
  [/wrong version number|packet length too long|http request/i, 'it does not speak TLS on this port: write redis:// instead of rediss://'],
];

/** Redis's replies to wrong credentials. */
const CREDENTIALS = /NOAUTH|WRONGPASS|invalid (username|password)|ERR AUTH/i;

/** True if a setting is wrong, so that waiting does not help. */
export function isSettingWrong(message: string): boolean {
  return CREDENTIALS.test(message) || TLS_REMEDIES.some(([said]) => said.test(message));
}

/** What to do about a connection that failed. Undefined if the message says nothing special. */
export function connectionRemedy(message: string, { kind, tls }: RedisAddress, hasCertificate: boolean): string | undefined {
  const remedy = TLS_REMEDIES.find(([said]) => said.test(message))?.[1];
  if (remedy !== undefined) return remedy;
  const refusal = isLookup(message) ? /\b(NOAUTH|WRONGPASS|NOPERM)\b/.exec(message)?.[1] : undefined;
  if (refusal !== undefined && kind === 'cluster') return redisRemedy(refusal);
  if (kind === 'sentinel') {
    if (refusal !== undefined)
      return 'the Sentinels require another user or password: give them in the URL, as ?sentinel-username=USER&sentinel-password=PASSWORD';
    if (/unknown command .?sentinel/i.test(message))
      return 'these servers are not Sentinels: give the addresses of the Sentinels, usually on port 26379';
    if (/knows no master/.test(message)) return 'correct the name of the master in the URL, after the hosts';
  }
  if (kind === 'cluster' && /cluster support disabled/i.test(message))
    return 'it is not a cluster: write redis:// instead of redis+cluster://';
  // With containers and address translation, Sentinels and nodes may return addresses that do not work here.
  if (kind !== 'single' && /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/.test(message) && !isLookup(message))
    return 'the master cannot be reached from here at the address that Sentinels or nodes announce: let them announce one that can';
  // Redis takes the TLS handshake for an incomplete command.
  if (tls && /ETIMEDOUT/.test(message))
    return 'nothing answers there, or it does not speak TLS on this port: then write redis:// instead of rediss://';
  if (!/ECONNRESET|EPIPE|Connection is closed/.test(message)) return undefined;
  if (!tls) return 'it closed the connection: if it expects TLS, write rediss:// instead of redis://';
  // Its message about the client certificate may be lost when it closes the connection.
  return hasCertificate
    ? 'it closed the connection: it may not accept the certificate of --redis-cert / TRAWL_REDIS_CERT'
    : 'it closed the connection: it may require a client certificate: give --redis-cert and --redis-key / TRAWL_REDIS_CERT and TRAWL_REDIS_KEY';
}

function isLookup(message: string): boolean {
  return message.startsWith('no server says where the master is');
}
