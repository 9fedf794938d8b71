import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { changeText } from '../../src/watch/change-text.ts';
import type { Check } from '../../src/watch/check.ts';
import { plain } from '../../src/watch/paint.ts';
import { parseServiceLine, type Service } from '../../src/watch/service.ts';
import { statusTable } from '../../src/watch/status-table.ts';
import { unwatched, type Watched, watchedOnce } from '../../src/watch/watched.ts';

const PAGE = readFileSync(new URL('../../docs/watch.md', import.meta.url), 'utf8');
const RULES = { confirm: 2, certificateDays: 14 };
const START_MS = Date.UTC(2026, 10, 25, 10, 15);

function serviceOf(line: string): Service {
  const read = parseServiceLine(line);
  return read.kind === 'service' ? read.service : assert.fail(line);
}

/** The service after checks half a minute apart, and the lines that were printed. */
function watch(service: Service, checks: readonly Partial<Check>[]): { watched: Watched; lines: string[] } {
  let watched = unwatched(service, START_MS);
  const lines: string[] = [];
  for (const [index, facts] of checks.entries()) {
    const check: Check = { found: 'up', atMs: START_MS + index * 30_000, word: '200', reason: '', latencyMs: 120, ...facts };
    const after = watchedOnce(watched, check, RULES);
    watched = after.watched;
    lines.push(...after.changes.map((change) => changeText(change, service, plain)));
  }
  return { watched, lines };
}

test('the example in docs/watch.md is the real output', () => {
  const up = (count: number, latencyMs = 120) => Array.from({ length: count }, (): Partial<Check> => ({ latencyMs }));
  const down = (count: number) =>
    Array.from({ length: count }, (): Partial<Check> => ({ found: 'down', word: '503', reason: '503, expected 200', latencyMs: 4 }));
  const slow = { found: 'slow', reason: '200 in 900 ms, expected < 500 ms', latencyMs: 900 } as const;
  const health = watch(serviceOf('https://example.com/health 200 ~ "all good" < 500ms'), [
    { certificateDaysLeft: 13 },
    ...up(53),
    ...down(6),
    ...up(3),
    { latencyMs: 150 },
    ...up(6),
  ]);
  const search = watch(serviceOf('https://example.com/search < 500ms'), [...up(67), slow, slow, slow]);
  assert.ok(PAGE.includes(`\`\`\`\n${health.lines.join('\n')}\n\`\`\``), health.lines.join('\n'));
  const table = statusTable([health.watched, search.watched], START_MS + 70 * 30_000);
  assert.ok(PAGE.includes(`\`\`\`\n${table}\n\`\`\``), table);
});
