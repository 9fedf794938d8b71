import { quote } from './parsed.ts';

export type Header = readonly [name: string, value: string];

/** A token, RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/**
 * RFC 9110 section 5.5: visible characters, space, tab and obs-text. CR, LF and NUL would let a value end the
 * header.
 */
export const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const ENVIRONMENT_NAME = /^env:(.*)$/s;

/**
 * Headers that frame the message or belong to the connection (RFC 9110 section 7.6.1). Setting them would break the
 * request.
 */
const RESERVED_HEADERS = new Set(['connection', 'content-length', 'expect', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

/** Why a request header cannot be used, or undefined if it can. */
export function headerProblem(name: string, value: string): string | undefined {
  if (!TOKEN.test(name)) return `${quote(name)} is not a header name (RFC 9110: letters, digits and !#$%&'*+-.^_\`|~)`;
  if (RESERVED_HEADERS.has(name.toLowerCase())) return `the header ${name} belongs to the connection and cannot be set`;
  if (name.toLowerCase() === 'user-agent') return 'use --user-agent to set the user agent';
  if (!FIELD_VALUE.test(value)) return `the value of ${name} contains a line break or another character that headers cannot contain`;
  const variable = referredVariable(value);
  if (variable !== undefined && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)) {
    return `${quote(value)} does not name an environment variable: write it like ${name}: env:API_TOKEN`;
  }
  return undefined;
}

/** The environment variable in a header value `env:NAME`. Undefined for any other value. */
export function referredVariable(value: string): string | undefined {
  return ENVIRONMENT_NAME.exec(value)?.[1];
}

/**
 * True if `env:NAME` may use this variable.
 *
 * @param allowed names, in which `*` matches any characters; undefined allows all
 */
export function mayNameVariable(name: string, allowed: readonly string[] | undefined): boolean {
  return allowed === undefined || allowed.some((pattern) => new RegExp(`^${pattern.replace(/\*+/g, '.*')}$`, 's').test(name));
}
