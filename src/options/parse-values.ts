import { isIP, isIPv4, isIPv6 } from 'node:net';
import { methodProblem } from '../model/http-method.ts';
import { accept, type Parsed, quote, reject } from '../model/parsed.ts';
import { FIELD_VALUE, type Header, headerProblem, referredVariable } from '../model/request-header.ts';
import { isRunId, LATEST, type RunId } from '../model/run-id.ts';
import type { ListenAddress } from '../util/http-listener.ts';

const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|m)$/i;
const DURATION_UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };
/** The longest duration: a day. Beyond 2^31 ms a Node timer fires at once, and a day leaves room for sums. */
export const MAX_DURATION_MS = 24 * 60 * 60_000;

/** Reads `250ms`, `1.5s`, `2m`, or `0`, into whole milliseconds between `minMs` and a day. A bare number is refused, because some users would mean seconds and others milliseconds. */
export function durationMs(minMs: number): (text: string) => Parsed<number> {
  return (text) => {
    if (/^\d+(?:\.\d+)?$/.test(text) && Number(text) !== 0) return reject(`${quote(text)} has no unit: write ${text}s or ${text}ms`);
    const [, amount, unit] = text === '0' ? ['', '0', 'ms'] : (DURATION.exec(text) ?? []);
    if (amount === undefined || unit === undefined) return reject(`${quote(text)} is not a duration: write it like 250ms, 30s or 2m`);
    const ms = Math.round(Number(amount) * (DURATION_UNIT_MS[unit.toLowerCase()] ?? 1));
    if (ms < minMs) return reject(`${quote(text)} is too short: the minimum is ${minMs}ms`);
    if (ms > MAX_DURATION_MS) return reject(`${quote(text)} is too long: the maximum is ${MAX_DURATION_MS / 60_000}m, which is a day`);
    return accept(ms);
  };
}

const AGE = /^(\d+(?:\.\d+)?)\s*(s|m|h|d|w)$/i;
const AGE_UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Reads `30d`, `12h`, `2w`, `90m`, `45s` or `0` into milliseconds. */
export function ageMs(text: string): Parsed<number> {
  if (text === '0') return accept(0);
  const [, amount, unit] = AGE.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return reject(`${quote(text)} is not an age: write it like 30d, 12h or 2w`);
  return accept(Math.round(Number(amount) * (AGE_UNIT_MS[unit.toLowerCase()] ?? 1)));
}

const SIZE = /^(\d+(?:\.\d+)?)\s*(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?$/i;
const SIZE_UNIT_BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Reads `10MB` (10,000,000), `1MiB` (1,048,576), `512KB` or a bare number of bytes into whole bytes, at least `minBytes`. */
export function sizeBytes(minBytes: number): (text: string) => Parsed<number> {
  return (text) => {
    const [, amount, unit] = SIZE.exec(text) ?? [];
    if (amount === undefined) return reject(`${quote(text)} is not a size: write it like 10MB, 512KB, 1MiB, or a number of bytes`);
    const bytes = Math.round(Number(amount) * (SIZE_UNIT_BYTES[(unit ?? 'b').toLowerCase()] ?? 1));
    if (bytes < minBytes) return reject(`${quote(text)} is too small: the minimum is ${minBytes}B`);
    if (!Number.isSafeInteger(bytes)) return reject(`${quote(text)} is too large`);
    return accept(bytes);
  };
}

/** Reads a whole number between `min` and `max`, in decimal digits only. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => Parsed<number> {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text)) return reject(`${quote(text)} is not a whole number`);
    if (value < min) return reject(`${quote(text)} is too small: the minimum is ${min}`);
    if (value > max) return reject(`${quote(text)} is too large: the maximum is ${max}`);
    return accept(value);
  };
}

/** Reads `auto`, or a number of processes. */
export function processCount(text: string): Parsed<'auto' | number> {
  if (text === 'auto') return accept(text);
  const count = integer(1, 256)(text);
  return count.ok ? count : reject(`${count.problem}; auto is also possible`);
}

/** Reads `system`, or addresses of DNS servers separated by commas, each with its port if that is not 53. */
export function resolverServers(text: string): Parsed<'system' | readonly string[]> {
  if (text === 'system') return accept(text);
  const servers = text.split(',').map((server) => server.trim());
  for (const server of servers) {
    const [, address = '', port] = /^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(server) ?? [];
    const isAddress = isIP(server) !== 0 || isIP(address.replace(/^\[|\]$/g, '')) !== 0;
    if (!isAddress || Number(port ?? 53) > 65_535) {
      return reject(
        `${quote(server)} is not the address of a DNS server: write it like 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353, or system`,
      );
    }
  }
  return accept(servers);
}

/** Reads the character between the cells of a table, or `tab`. */
export function cellDelimiter(text: string): Parsed<string> {
  if (text === 'tab' || text === '\\t') return accept('\t');
  return /^[^"\r\n\w]$/.test(text) ? accept(text) : reject(`${quote(text)} is not a delimiter: give one character, such as ; or tab`);
}

/** Reads exactly one of the given words. */
export function oneOf<const T extends string>(...words: readonly T[]): (text: string) => Parsed<T> {
  return (text) => {
    const word = words.find((candidate) => candidate === text);
    return word === undefined ? reject(`${quote(text)} is not one of: ${words.join(', ')}`) : accept(word);
  };
}

/** Reads some of the given words, separated by commas. */
export function listOf<const T extends string>(...words: readonly T[]): (text: string) => Parsed<readonly T[]> {
  const one = oneOf(...words);
  return (text) => {
    const read = text
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== '')
      .map(one);
    const wrong = read.find((word) => !word.ok);
    if (wrong !== undefined && !wrong.ok) return wrong;
    return accept(read.flatMap((word) => (word.ok ? [word.value] : [])));
  };
}

/** Reads a request method, in upper or lower case. */
export function requestMethod(text: string): Parsed<string> {
  const method = text.toUpperCase();
  const problem = methodProblem(method);
  if (problem === undefined) return accept(method);
  return reject(problem.startsWith('is ') ? `${quote(text)} ${problem}` : problem);
}

/** The query of a URL, which may contain a password. */
const QUERY = /\?.*$/s;

/** Reads a URL with one of the given schemes. Its text is kept as it was written. */
export function urlWith(...schemes: readonly string[]): (text: string) => Parsed<string> {
  return (text) => {
    if (!URL.canParse(text)) return reject(`${quote(text.replace(QUERY, '?…'))} is not a URL: write it like ${schemes[0]}://host`);
    const scheme = new URL(text).protocol.slice(0, -1);
    return schemes.includes(scheme) ? accept(text) : reject(`the scheme ${scheme} is not possible here: use ${schemes.join(' or ')}`);
  };
}

/** Reads the URL of a sitemap, or `auto`. */
export function sitemapUrl(text: string): Parsed<string> {
  return text === 'auto' ? accept(text) : urlWith('http', 'https')(text);
}

/** Reads the URL of a proxy. The scheme may be missing, as other programs allow; it is http then. */
export function proxyUrl(text: string): Parsed<string> {
  return urlWith('http', 'https')(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
}

/** Reads a run id. See `isRunId`. */
export function runId(text: string): Parsed<RunId> {
  if (isRunId(text)) return accept(text);
  if (text === LATEST) return reject('"latest" means the newest run, and cannot name a run');
  return reject(`${quote(text)} cannot name a run: use letters, digits, ".", "_" and "-", at most 64, not digits alone`);
}

/** Reads a Redis key prefix. It cannot contain braces, because it becomes a hash tag. */
export function keyPrefix(text: string): Parsed<string> {
  return /^[A-Za-z0-9._-]{1,64}$/.test(text)
    ? accept(text)
    : reject(`${quote(text)} is not a prefix: use letters, digits, ".", "_" and "-", at most 64`);
}

/** Reads any text that is not empty. */
export function text(value: string): Parsed<string> {
  return value.trim() === '' ? reject('is empty') : accept(value);
}

/** Reads names of environment variables, separated by commas, in which `*` matches any characters. */
export function variableNames(text: string): Parsed<readonly string[]> {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const wrong = names.find((name) => !/^[\w*]+$/.test(name));
  return wrong === undefined
    ? accept(names)
    : reject(`${quote(wrong)} is not the name of an environment variable: write names like API_TOKEN,SITE_*`);
}

/** Reads `Name: value`, or `Name: env:VAR` for a value that each worker reads from its own environment. */
export function headerLine(line: string): Parsed<Header> {
  const colon = line.indexOf(':');
  // The value may be a secret, so messages show only the name.
  if (colon < 0) return reject('a header is written "Name: value"; there is no ":" in this one');
  const name = line.slice(0, colon).trim();
  const value = line.slice(colon + 1).replaceAll(/^[ \t]+|[ \t]+$/g, '');
  const problem = headerProblem(name, value);
  return problem === undefined ? accept([name, value]) : reject(problem);
}

/** Reads a User-Agent: a header value that is not empty. */
export function userAgent(value: string): Parsed<string> {
  const trimmed = value.trim();
  if (trimmed === '') return reject('is empty');
  return FIELD_VALUE.test(trimmed) ? accept(trimmed) : reject('contains a line break or another character that headers cannot contain');
}

/** Reads `https://example.com=user:password`, or `…=env:VAR` for credentials that each worker reads from its own environment. */
export function originCredentials(text: string): Parsed<readonly [origin: string, credentials: string]> {
  const at = text.indexOf('=');
  // The text contains a password, so messages do not show it.
  if (at === -1) return reject('is written ORIGIN=user:password, such as https://example.com=me:secret; there is no "=" in this one');
  const [origin, credentials] = [text.slice(0, at), text.slice(at + 1)];
  const problem = originProblem(origin) ?? credentialsProblem(credentials);
  return problem === undefined ? accept([new URL(origin).origin, credentials]) : reject(problem);
}

/** Says what is wrong with the origin of credentials; undefined if it is valid. */
export function originProblem(origin: string): string | undefined {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  const isOrigin = (url?.protocol === 'http:' || url?.protocol === 'https:') && url.href === `${url.origin}/`;
  return isOrigin ? undefined : 'begins with an origin such as https://example.com, without a path';
}

/** Says what is wrong with credentials; undefined if they are valid. */
export function credentialsProblem(credentials: string): string | undefined {
  const variable = referredVariable(credentials);
  if (variable === undefined) return credentials.includes(':') ? undefined : 'has no ":" between user and password';
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)
    ? undefined
    : 'does not name an environment variable: write it like ORIGIN=env:API_LOGIN';
}

const HOST_NAME = /^(?!-)[a-z0-9_.-]{1,253}$/i;
const FEWEST_TOKEN_CHARS = 16;

/** Reads `HOST:PORT`, with an IPv6 address in brackets. */
export function listenAddress(text: string): Parsed<ListenAddress> {
  const [, bracketed, name, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? name ?? '';
  const isHost = bracketed === undefined ? HOST_NAME.test(host) : isIPv6(bracketed);
  if (!isHost || Number(port) > 65_535) return reject(`${quote(text)} is not an address: write it like 127.0.0.1:8807 or [::1]:8807`);
  return accept({ host, port: Number(port) });
}

/** Reads `PORT` (on loopback) or `HOST:PORT`. */
export function portOrAddress(text: string): Parsed<ListenAddress> {
  if (/^\d+$/.test(text)) return listenAddress(`127.0.0.1:${text}`);
  const read = listenAddress(text);
  return read.ok ? read : reject(`${quote(text)} is neither a port nor an address: write it like 9464 or 0.0.0.0:9464`);
}

/** True if only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** Reads an access token. Messages never show it. */
export function accessToken(text: string): Parsed<string> {
  if (text.length < FEWEST_TOKEN_CHARS) return reject(`is too short: use at least ${FEWEST_TOKEN_CHARS} random characters`);
  return /^[\x21-\x7e]+$/.test(text) ? accept(text) : reject('contains a space or a character outside ASCII, which headers cannot contain');
}

/** Reads the name of a host, without a port. */
export function hostName(text: string): Parsed<string> {
  return HOST_NAME.test(text) ? accept(text.toLowerCase()) : reject(`${quote(text)} is not a host name: give it without scheme and port`);
}

/** Reads the name of a time zone that this system knows. */
export function timeZone(text: string): Parsed<string> {
  // The default is checked at every start, and Intl takes longer to load than all other options together.
  if (text === 'UTC') return accept(text);
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return accept(text);
  } catch {
    return reject(`${quote(text)} is not a time zone: write it like Europe/Berlin or UTC`);
  }
}
