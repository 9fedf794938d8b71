import { BlockList, isIP, type Socket } from 'node:net';
import { UsageError } from '../../model/errors.ts';
import { portOf } from '../../model/url/canonical-url.ts';
import { bareHostname } from '../dns/private-reach.ts';
import { basicAuthorization } from '../request-headers.ts';

/** An HTTP proxy, which is reached over TCP or TLS. */
export interface HttpProxy {
  hostname: string;
  port: number;
  secure: boolean;
  /** The value of Proxy-Authorization, if the proxy's URL has credentials. */
  authorization?: string;
}

/** A proxy did not answer CONNECT with success. */
class ProxyRefusedError extends Error {
  override readonly name = 'ProxyRefusedError';
  readonly code = 'PROXY_REFUSED';
}

const MAX_ANSWER_BYTES = 16_384;

/**
 * Parses `http://[user:password@]host:port`.
 *
 * @throws UsageError
 */
function parseProxy(text: string): HttpProxy {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new UsageError('the proxy is not an http or https URL: write it like http://proxy.example:3128');
  }
  const secure = url.protocol === 'https:';
  const authorization = basicAuthorization(url);
  return {
    hostname: bareHostname(url.hostname),
    port: portOf(url),
    secure,
    ...(authorization !== undefined && { authorization }),
  };
}

/**
 * Asks the proxy at the other end of `socket` for a tunnel to `target`, a `host:port` (RFC 9110 section 9.3.6). Calls
 * `done` once: without an error, all further bytes on the socket are the target's.
 */
export function openTunnel(socket: Socket, target: string, proxy: HttpProxy, done: (error: Error | null) => void): void {
  const authorization = proxy.authorization === undefined ? '' : `proxy-authorization: ${proxy.authorization}\r\n`;
  let answer = '';
  const finish = (error: Error | null) => {
    socket.off('readable', read).off('end', onEnd);
    done(error);
  };
  const onEnd = () => finish(new ProxyRefusedError('the proxy closed the connection instead of opening a tunnel'));
  const read = () => {
    for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) answer += chunk.toString('latin1');
    if (!answer.includes('\r\n\r\n')) {
      if (answer.length > MAX_ANSWER_BYTES) finish(new ProxyRefusedError('the proxy did not answer in HTTP'));
      return;
    }
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1];
    if (status?.startsWith('2')) finish(null);
    else
      finish(
        new ProxyRefusedError(
          status === undefined ? 'the proxy did not answer in HTTP' : `the proxy refused a tunnel to ${target} with status ${status}`,
        ),
      );
  };
  socket.on('readable', read).on('end', onEnd);
  socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n${authorization}\r\n`, 'latin1');
}

/** Which requests use a proxy, in the terms of the environment variables that most programs read. */
export interface ProxySettings {
  /** URL of a proxy for all requests. */
  all?: string;
  /** Proxies for `http:` and `https:` URLs if there is no `all`. They are not used for this machine itself. */
  http?: string;
  https?: string;
  /**
   * Hosts that are reached without a proxy, separated by commas: a name (which includes all its subdomains, also
   * written with `.` or `*.` before it), `host:port`, an IP address, a CIDR block, or `*` for all.
   */
  no?: string;
}

type Exemption = (hostname: string, port: number) => boolean;

/**
 * Returns a function that chooses the proxy for a URL, if any.
 *
 * @throws UsageError if a proxy is not a valid URL
 */
export function proxyChooser({ all, http, https, no = '' }: ProxySettings): (url: URL) => HttpProxy | undefined {
  const [forAll, forHttp, forHttps] = [all, http, https].map((text) => (text === undefined ? undefined : parseProxy(text)));
  const exemptions = no.split(/[\s,]+/).flatMap((entry) => (entry === '' ? [] : [exemption(entry.toLowerCase())]));
  return (url) => {
    const secure = url.protocol === 'https:';
    const proxy = forAll ?? (secure ? forHttps : forHttp);
    if (proxy === undefined) return undefined;
    const hostname = url.hostname.replace(/^\[|\]$|\.$/g, '');
    if (forAll === undefined && isThisMachine(hostname)) return undefined;
    return exemptions.some((applies) => applies(hostname, portOf(url))) ? undefined : proxy;
  };
}

function exemption(entry: string): Exemption {
  if (entry === '*') return () => true;
  const [, network, bits] = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry) ?? [];
  if (network !== undefined && isIP(network) !== 0 && Number(bits) <= (isIP(network) === 4 ? 32 : 128))
    return withinBlock(network, Number(bits));
  const [, host = entry, onlyPort] = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(entry) ?? [];
  const name = host
    .replace(/^\[|\]$/g, '')
    .replace(/^\*?\./, '')
    .replace(/\.$/, '');
  return (hostname, port) => (onlyPort === undefined || Number(onlyPort) === port) && (hostname === name || hostname.endsWith(`.${name}`));
}

function withinBlock(network: string, bits: number): Exemption {
  const block = new BlockList();
  block.addSubnet(network, bits, isIP(network) === 4 ? 'ipv4' : 'ipv6');
  return (hostname) => isIP(hostname) !== 0 && block.check(hostname, isIP(hostname) === 4 ? 'ipv4' : 'ipv6');
}

function isThisMachine(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '::1' ||
    (isIP(hostname) === 4 && hostname.startsWith('127.'))
  );
}
