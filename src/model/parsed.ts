import { maskCredentials } from './url/without-credentials.ts';

/** The result of parsing: a value, or a problem worded to follow the name of the option. */
export type Parsed<T> = { ok: true; value: T } | { ok: false; problem: string };

export function accept<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function reject(problem: string): Parsed<never> {
  return { ok: false, problem };
}

/**
 * A value quoted for a message, at most 80 characters of it. Credentials are masked, because a URL may have been put in
 * the wrong place.
 */
export function quote(value: string): string {
  const masked = maskCredentials(value);
  return JSON.stringify(masked.length > 80 ? `${masked.slice(0, 80)}…` : masked);
}
