import { quote } from './parsed.ts';

export type Header = readonly [name: string, value: string];

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 section 5.5: visible characters, space, tab and obs-text. CR, LF and NUL would let a value end the header. */
export const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const ENVIRONMENT_NAME = /^env:(.*)$/s;

/** These frame the message or belong to the connection (RFC 9110 section 7.6.1): setting them breaks requests instead of changing them. */
const NOT_OURS_TO_SET = new Set(['connection', 'content-length', 'expect', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

/** What is wrong with a request header, or undefined. */
export function headerProblem(name: string, value: string): string | undefined {
  if (!TOKEN.test(name)) return `${quote(name)} is not a header name (RFC 9110: letters, digits and !#$%&'*+-.^_\`|~)`;
  if (NOT_OURS_TO_SET.has(name.toLowerCase())) return `the header ${name} belongs to the connection and cannot be set`;
  if (name.toLowerCase() === 'user-agent') return 'use --user-agent to set the user agent';
  if (!FIELD_VALUE.test(value)) return `the value of ${name} contains a line break or another character that headers cannot contain`;
  const variable = referredVariable(value);
  if (variable !== undefined && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)) {
    return `${quote(value)} does not name an environment variable: write it like ${name}: env:API_TOKEN`;
  }
  return undefined;
}

/** The environment variable that a header value `env:NAME` names; undefined for a value that stands for itself. */
export function referredVariable(value: string): string | undefined {
  return ENVIRONMENT_NAME.exec(value)?.[1];
}

/** True if `env:NAME` may name this variable, by a list of names with `*` for any characters. Without a list, all may be named. */
export function mayNameVariable(name: string, allowed: readonly string[] | undefined): boolean {
  return allowed === undefined || allowed.some((pattern) => new RegExp(`^${pattern.replace(/\*+/g, '.*')}$`, 's').test(name));
}
