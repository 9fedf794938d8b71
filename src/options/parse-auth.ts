import { accept, type Parsed, reject } from '../model/parsed.ts';
import { referredVariable } from '../model/request-header.ts';

/** Reads `https://example.com=user:password`, or `…=env:VAR` for credentials that each worker reads from its own environment. */
export function originCredentials(text: string): Parsed<readonly [origin: string, credentials: string]> {
  const at = text.indexOf('=');
  // The text holds a password, so that it is not repeated.
  if (at === -1) return reject('is written ORIGIN=user:password, such as https://example.com=me:secret; there is no "=" in this one');
  const [origin, credentials] = [text.slice(0, at), text.slice(at + 1)];
  const problem = originProblem(origin) ?? credentialsProblem(credentials);
  return problem === undefined ? accept([new URL(origin).origin, credentials]) : reject(problem);
}

/** What is wrong with the origin of credentials, or undefined. */
export function originProblem(origin: string): string | undefined {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  const isOrigin = (url?.protocol === 'http:' || url?.protocol === 'https:') && url.href === `${url.origin}/`;
  return isOrigin ? undefined : 'begins with an origin such as https://example.com, without a path';
}

/** What is wrong with credentials, or undefined. */
export function credentialsProblem(credentials: string): string | undefined {
  const variable = referredVariable(credentials);
  if (variable === undefined) return credentials.includes(':') ? undefined : 'has no ":" between user and password';
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)
    ? undefined
    : 'does not name an environment variable: write it like ORIGIN=env:API_LOGIN';
}
