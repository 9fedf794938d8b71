import { maskCredentials } from './url/without-credentials.ts';

/** A value, or what is wrong with its text, in words that follow the name of the option. */
export type Parsed<T> = { ok: true; value: T } | { ok: false; problem: string };

export function accept<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function reject(problem: string): Parsed<never> {
  return { ok: false, problem };
}

/** A value as messages repeat it. A URL may have slipped into the wrong place: its credentials are masked. */
export function quote(value: string): string {
  const masked = maskCredentials(value);
  return JSON.stringify(masked.length > 80 ? `${masked.slice(0, 80)}…` : masked);
}
