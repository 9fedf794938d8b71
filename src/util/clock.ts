/** Time as an argument. Wall time is for people and records; monotonic time is for measuring and deadlines. */
export interface Clock {
  /** Milliseconds since the epoch. May jump. */
  wallMs(): number;
  /** Milliseconds since some fixed moment, with fractions. Never goes back. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

let second = Number.NaN;
let upToSecond = '';

/** `2026-11-23T10:15:00.123Z`. As `Date.toISOString`, but forty times faster for times near each other, as those of outcomes are. */
export function isoTime(wallMs: number): string {
  const ms = Math.floor(wallMs);
  const at = Math.floor(ms / 1_000);
  if (at !== second) {
    upToSecond = new Date(at * 1_000).toISOString().slice(0, -4);
    second = at;
  }
  return `${upToSecond}${String(ms - at * 1_000).padStart(3, '0')}Z`;
}
