import { BlockList, isIP } from 'node:net';
import { type HttpProxy, parseProxy } from './proxy.ts';

/** Which requests go through a proxy, in the words of the environment variables that most programs read. */
export interface ProxySettings {
  /** URL of the proxy for everything. */
  all?: string;
  /** For `http:` URLs and for `https:` ones, where there is no `all`. These leave out this machine itself. */
  http?: string;
  https?: string;
  /** Hosts that are reached directly, with commas between: a name stands for itself and all under it, also with `.` or `*.` before it; `host:port`, IP addresses, CIDR blocks, or `*` for all. */
  no?: string;
}

type Exemption = (hostname: string, port: number) => boolean;

/** Which proxy stands between this process and a URL, if any. Throws UsageError for one that is not a URL. */
export function proxyChooser({ all, http, https, no = '' }: ProxySettings): (url: URL) => HttpProxy | undefined {
  const [forAll, forHttp, forHttps] = [all, http, https].map((text) => (text === undefined ? undefined : parseProxy(text)));
  const exemptions = no.split(/[\s,]+/).flatMap((entry) => (entry === '' ? [] : [exemption(entry.toLowerCase())]));
  return (url) => {
    const secure = url.protocol === 'https:';
    const proxy = forAll ?? (secure ? forHttps : forHttp);
    if (proxy === undefined) return undefined;
    const hostname = url.hostname.replace(/^\[|\]$|\.$/g, '');
    const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
    if (forAll === undefined && isThisMachine(hostname)) return undefined;
    return exemptions.some((applies) => applies(hostname, port)) ? undefined : proxy;
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
