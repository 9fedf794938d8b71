import type { Check } from '../../src/watch/check.ts';

/** A check at this second, with this result. */
export function aCheck(found: Check['found'], second: number, changes: Partial<Check> = {}): Check {
  const facts = { up: ['200', ''], slow: ['200', '200 in 900 ms, expected < 500 ms'], down: ['503', '503, expected 200-299'] } as const;
  const [word, reason] = facts[found];
  return { found, atMs: Date.UTC(2026, 10, 25, 10, 15, second), word, reason, latencyMs: found === 'slow' ? 900 : 120, ...changes };
}
