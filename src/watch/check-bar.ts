import type { Check } from './check.ts';
import type { Paint } from './paint.ts';

const LEVELS = '▁▂▃▄▅▆▇█';
const DOWN = '✗';

/** One character for each check, the newest last: its latency against the limit or the longest of them, whichever is more; `✗` where the service was down. */
export function checkBar(checks: readonly Check[], limitMs: number | undefined, paint: Paint): string {
  const mostMs = Math.max(limitMs ?? 0, 1, ...checks.flatMap(({ found, latencyMs }) => (found === 'down' ? [] : [latencyMs ?? 0])));
  return checks
    .map(({ found, latencyMs = 0 }) => {
      const level = LEVELS[Math.min(LEVELS.length - 1, Math.floor((latencyMs / mostMs) * LEVELS.length))] ?? '';
      return found === 'up' ? level : paint(found, found === 'down' ? DOWN : level);
    })
    .join('');
}
