import { DOWN_AFTER, SLOWED_AFTER } from '../model/unreachable-origin.ts';
import { duration, shownNumber } from './shown-figures.ts';

/** An origin that gets fewer requests than runs allow, and the facts that say why. */
interface Throttled {
  origin: string;
  holdMs: number;
  misses: number;
  asks: number;
}

/** Sorts origins by how long they are held, longest first. */
export function byHold<T extends Throttled>(origins: readonly T[]): T[] {
  return [...origins].sort((a, b) => b.holdMs - a.holdMs || b.misses - a.misses || (a.origin < b.origin ? -1 : 1));
}

/** Why an origin is throttled, in words. */
export function throttleReason({ holdMs, misses, asks }: Throttled): string {
  if (misses >= DOWN_AFTER) return `down: ${shownNumber(misses)} requests in a row without an answer`;
  if (misses >= SLOWED_AFTER) return `${shownNumber(misses)} requests in a row without an answer`;
  const often = asks > 1 ? `asked ${shownNumber(asks)} times in a row` : 'asked';
  return holdMs > 0 ? `${often} to wait: next request in ${duration(holdMs / 1_000)}` : `${often} to wait`;
}
