import type { RunOptions } from '../model/run-options.ts';

const SECRET_NAME = /auth|cookie|token|secret|passw|pwd|credential|signature|session|csrf|xsrf|(?:^|[-_])(?:api|access|private)?[-_]?key/i;
const SECRET_VALUE = /^(?:basic|bearer|digest|negotiate|ntlm|token|apikey|aws4-\S+)\s/i;
/** Not the secret itself but the name under which each worker finds it. */
const REFERENCE = /^env:\S+$/;

const REDACTED = '[redacted]';

/** The options as they may be written to disk: credentials, and header values that are or look like secrets, are replaced; references to them stay. */
export function redactHeaders(options: RunOptions): RunOptions {
  return {
    ...options,
    headers: options.headers.map(([name, value]) => [name, isSecret(name, value) ? REDACTED : value]),
    auth: options.auth.map(([origin, credentials]) => [origin, REFERENCE.test(credentials) ? credentials : REDACTED]),
  };
}

/** True for what stands in the place of a secret. */
export function isRedacted(value: string): boolean {
  return value === REDACTED;
}

/** True for a header value that is or looks like a secret, and stands there itself. */
export function isSecret(name: string, value: string): boolean {
  if (REFERENCE.test(value)) return false;
  return SECRET_NAME.test(name) || SECRET_VALUE.test(value);
}
