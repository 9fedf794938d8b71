import { accept, type Parsed, reject } from '../model/parsed.ts';

/** Where a server listens. */
export interface HostAndPort {
  host: string;
  port: number;
}

/** The contents of a Redis URL. */
export interface RedisAddress {
  /** `single`: one server. `sentinel`: the hosts are Sentinels, which know the master. `cluster`: the hosts are some nodes of a Redis Cluster. */
  kind: 'single' | 'sentinel' | 'cluster';
  tls: boolean;
  /** At least one, unless there is a `path`. */
  hosts: readonly HostAndPort[];
  /** The path of a Unix socket. */
  path?: string;
  username?: string;
  password?: string;
  db: number;
  /** The name under which the Sentinels know the master. */
  masterName?: string;
  sentinelUsername?: string;
  sentinelPassword?: string;
  /** 4 or 6: connect only with this version of IP. */
  family?: number;
}

const SCHEMES: Readonly<Record<string, Pick<RedisAddress, 'kind' | 'tls'>>> = {
  redis: { kind: 'single', tls: false },
  rediss: { kind: 'single', tls: true },
  'redis+sentinel': { kind: 'sentinel', tls: false },
  'rediss+sentinel': { kind: 'sentinel', tls: true },
  'redis+cluster': { kind: 'cluster', tls: false },
  'rediss+cluster': { kind: 'cluster', tls: true },
  'redis+unix': { kind: 'single', tls: false },
  unix: { kind: 'single', tls: false },
};
const UNIX_SCHEMES: ReadonlySet<string> = new Set(['redis+unix', 'unix']);

const REDIS_PORT = 6379;
const SENTINEL_PORT = 26379;

/** The form of a Redis URL. WHATWG's parser cannot be used, because it does not accept a list of hosts. */
const FORM =
  /^(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?:(?<userinfo>[^/?#]*)@)?(?<hosts>[^/?#]*)(?<path>\/[^?#]*)?(?:\?(?<query>[^#]*))?(?<fragment>#.*)?$/is;
const HOST = /^(?:\[(?<ipv6>[0-9a-f:.]+)\]|(?<name>[^:[\]\s]+))(?::(?<port>\d{1,5}))?$/i;

const ENCODE =
  'characters of the user or password have to be percent-encoded: / is %2F, ? is %3F, # is %23, % is %25, @ is %40; or put the password into the file that TRAWL_REDIS_PASSWORD_FILE names';

/** Reads a Redis URL. Problems never show a part of the text, because a password may be anywhere in it. */
export function parseRedisUrl(text: string): Parsed<RedisAddress> {
  const { scheme = '', userinfo, hosts = '', path = '', query = '', fragment } = FORM.exec(text.trim())?.groups ?? {};
  if (scheme === '') return reject('is not a URL: write it like redis://host');
  const lowerScheme = scheme.toLowerCase();
  const { kind, tls } = SCHEMES[lowerScheme] ?? {};
  if (kind === undefined || tls === undefined) return reject(`the scheme ${scheme} does not fit: it takes ${schemesInWords()}`);
  // If a password contains such a character unescaped, the part that looks like the host ends too early.
  if (fragment !== undefined || `${path}${query}`.includes('@')) return reject(ENCODE);
  const credentials = readUserinfo(userinfo);
  if (credentials === undefined) return reject(ENCODE);
  const parameters = new URLSearchParams(query);
  const family = parameters.get('family');
  const common = { kind, tls, ...credentials, ...((family === '4' || family === '6') && { family: Number(family) }) };
  if (UNIX_SCHEMES.has(lowerScheme)) return readSocket(hosts, path, parameters, common);
  const servers = readHosts(hosts, kind === 'sentinel' ? SENTINEL_PORT : REDIS_PORT);
  if (servers === undefined) {
    const several = kind === 'single' ? '' : ', several with commas between them';
    return reject(`the host is missing or wrong: write HOST or HOST:PORT${several}. If it is right, ${ENCODE}`);
  }
  if (kind === 'single' && servers.length > 1) return reject('several hosts are for redis+sentinel:// and redis+cluster://');
  return readPath(path, parameters, { ...common, hosts: servers });
}

function schemesInWords(): string {
  const names = Object.keys(SCHEMES).filter((name) => name !== 'unix');
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** Undefined if it cannot be decoded. */
function readUserinfo(userinfo: string | undefined): Pick<RedisAddress, 'username' | 'password'> | undefined {
  if (userinfo === undefined || userinfo === '') return {};
  const colon = userinfo.indexOf(':');
  const [name, secret] = colon === -1 ? [userinfo, ''] : [userinfo.slice(0, colon), userinfo.slice(colon + 1)];
  const username = decoded(name);
  const password = decoded(secret);
  if (username === undefined || password === undefined) return undefined;
  return { ...(username !== '' && { username }), ...(password !== '' && { password }) };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Undefined if one of the hosts is invalid. */
function readHosts(text: string, defaultPort: number): HostAndPort[] | undefined {
  const hosts: HostAndPort[] = [];
  for (const item of text.split(',')) {
    const { ipv6, name, port } = HOST.exec(item.trim())?.groups ?? {};
    const host = ipv6 ?? name;
    const number = port === undefined ? defaultPort : Number(port);
    if (host === undefined || number < 1 || number > 65_535) return undefined;
    hosts.push({ host, port: number });
  }
  return hosts;
}

type Located = Pick<RedisAddress, 'kind' | 'tls' | 'hosts' | 'username' | 'password' | 'family'>;

function readSocket(hosts: string, path: string, parameters: URLSearchParams, common: Omit<Located, 'hosts'>): Parsed<RedisAddress> {
  const socket = decoded(path);
  if (hosts !== '' || socket === undefined || socket.length < 2)
    return reject('the path of the socket is missing: write redis+unix:///run/redis/redis.sock');
  const db = databaseNumber(parameters.get('db') ?? '');
  if (db === undefined) return reject('db is the number of a database');
  return accept({ ...common, hosts: [], path: socket, db });
}

function readPath(path: string, parameters: URLSearchParams, located: Located): Parsed<RedisAddress> {
  const parts = path.replace(/\/$/, '').split('/').slice(1);
  if (located.kind === 'sentinel') {
    const masterName = decoded(parts[0] ?? '');
    const db = databaseNumber(parts[1] ?? parameters.get('db') ?? '');
    if (!masterName || parts.length > 2 || db === undefined)
      return reject('the path is the name of the master, and a database if need be: redis+sentinel://HOST:26379/mymaster/0');
    const sentinelUsername = parameters.get('sentinel-username') ?? '';
    const sentinelPassword = parameters.get('sentinel-password') ?? '';
    const sentinel = { ...(sentinelUsername !== '' && { sentinelUsername }), ...(sentinelPassword !== '' && { sentinelPassword }) };
    return accept({ ...located, masterName, db, ...sentinel });
  }
  const db = databaseNumber(parts[0] ?? parameters.get('db') ?? '');
  if (db === undefined || parts.length > 1) return reject('the path is the number of a database, such as redis://HOST:6379/0');
  if (located.kind === 'cluster' && db !== 0) return reject('a Redis Cluster has no database but 0');
  return accept({ ...located, db });
}

function databaseNumber(text: string): number | undefined {
  return /^\d{0,6}$/.test(text) ? Number(text) : undefined;
}

/** Validates the value of `--redis`, which stays a text. */
export function redisUrl(text: string): Parsed<string> {
  const parsed = parseRedisUrl(text);
  return parsed.ok ? accept(text.trim()) : parsed;
}

/** The URL without user, password and query, for logs and messages. */
export function withoutCredentials(redisUrl: string): string {
  const { scheme, hosts, path = '' } = FORM.exec(redisUrl)?.groups ?? {};
  if (scheme === undefined || !parseRedisUrl(redisUrl).ok) return 'redis';
  return `${scheme}://${hosts}${path === '/' ? '' : path}`;
}

/** The URL with this password, which replaces an existing one. An empty password changes nothing. */
export function withPassword(redisUrl: string, password: string): string {
  if (password === '') return redisUrl;
  const { scheme = '', userinfo = '', hosts = '', path = '', query } = FORM.exec(redisUrl)?.groups ?? {};
  const [user = ''] = userinfo.split(':', 1);
  return `${scheme}://${user}:${encodeURIComponent(password)}@${hosts}${path}${query === undefined ? '' : `?${query}`}`;
}
