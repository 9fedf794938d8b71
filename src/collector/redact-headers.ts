import type { RunOptions } from '../model/run-options.ts';

const SECRET_NAME = /auth|cookie|token|secret|passw|pwd|credential|signature|session|csrf|xsrf|(?:^|[-_])(?:api|access|private)?[-_]?key/i;
const SECRET_VALUE = /^(?:basic|bearer|digest|negotiate|ntlm|token|apikey|aws4-\S+)\s/i;
/** A reference to a secret: the name of an environment variable of each worker. */
const REFERENCE = /^env:\S+$/;

const REDACTED = '[redacted]';

/**
 * Returns the options in a form that may be written to disk: credentials, and header values that are or look like
 * secrets, are replaced; references to them are kept.
 */
export function redactHeaders(options: RunOptions): RunOptions {
  return {
    ...options,
    headers: options.headers.map(([name, value]) => [name, isSecret(name, value) ? REDACTED : value]),
    auth: options.auth.map(([origin, credentials]) => [origin, REFERENCE.test(credentials) ? credentials : REDACTED]),
  };
}

/** True for the placeholder of a redacted secret. */
export function isRedacted(value: string): boolean {
  return value === REDACTED;
}

/** True for a header value that is or looks like a secret. False for a reference to one. */
export function isSecret(name: string, value: string): boolean {
  if (REFERENCE.test(value)) return false;
  return SECRET_NAME.test(name) || SECRET_VALUE.test(value);
}
