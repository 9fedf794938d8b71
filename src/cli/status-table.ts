import type { RunId } from '../core/run-id.ts';
import { DOWN_AFTER, SLOWED_AFTER } from '../core/unreachable-origin.ts';
import type { RunCounts, ThrottledOrigin } from '../engine/engine.ts';
import { leftOutWords } from '../report/left-out-words.ts';
import { shownNumber } from '../report/shown-figures.ts';
import { alignedRows } from './aligned-rows.ts';
import { duration } from './progress-text.ts';

export interface RunStatus {
  run: RunId;
  counts: RunCounts;
}

/** `open` takes batches, `running` is sealed, `ended` has an outcome for every URL. */
export function runState(counts: RunCounts): 'open' | 'running' | 'ended' | 'paused' | 'cancelled' {
  if (counts.ended) return counts.state === 'cancelled' ? 'cancelled' : 'ended';
  if (counts.state !== 'open') return counts.state;
  return counts.sealedAt === undefined ? 'open' : 'running';
}

const HEAD = ['Run', 'State', 'URLs', 'Done', 'Ok', 'Failed', 'Skipped', 'In flight', 'Retries'];

/** One line for each run, in aligned columns. */
export function statusTable(statuses: readonly RunStatus[]): string {
  if (statuses.length === 0) return 'No runs.\n';
  return alignedRows([HEAD, ...statuses.map(statusCells)], { right: [2, 3, 4, 5, 6, 7, 8] });
}

/** A line for each run that left out links, with how many and why; empty if there are none. */
export function leftOutText(statuses: readonly RunStatus[]): string {
  const told = statuses.filter(({ counts }) => Object.values(counts.leftOut).some((links) => links > 0));
  if (told.length === 0) return '';
  const width = Math.max(...told.map(({ run }) => run.length));
  return `\nLinks left out:\n${told.map(({ run, counts }) => `  ${run.padEnd(width)}  ${leftOutWords(counts.leftOut)}\n`).join('')}`;
}

const MOST_SHOWN = 20;

/** A line for each origin that is held back, those that are held longest first; empty if there are none. */
export function throttledText(origins: readonly ThrottledOrigin[]): string {
  if (origins.length === 0) return '';
  const shown = sorted(origins).slice(0, MOST_SHOWN);
  const width = Math.max(...shown.map(({ origin }) => origin.length));
  const lines = shown.map((it) => `  ${it.origin.padEnd(width)}  ${it.concurrency} at a time, ${reason(it)}`);
  const more = origins.length - shown.length;
  return `\nThrottled origins, of all runs:\n${lines.join('\n')}\n${more > 0 ? `  and ${shownNumber(more)} more\n` : ''}`;
}

function sorted(origins: readonly ThrottledOrigin[]): ThrottledOrigin[] {
  return [...origins].sort((a, b) => b.holdMs - a.holdMs || b.misses - a.misses || (a.origin < b.origin ? -1 : 1));
}

function reason({ holdMs, misses, asks }: ThrottledOrigin): string {
  if (misses >= DOWN_AFTER) return `down: ${shownNumber(misses)} requests in a row without an answer`;
  if (misses >= SLOWED_AFTER) return `${shownNumber(misses)} requests in a row without an answer`;
  const often = asks > 1 ? `asked ${shownNumber(asks)} times in a row` : 'asked';
  return holdMs > 0 ? `${often} for none before ${duration(holdMs / 1_000)} from now` : `${often} for patience`;
}

/** One JSON document: the counts as the engine gives them, and the origins that are held back. */
export function statusJson(statuses: readonly RunStatus[], throttled: readonly ThrottledOrigin[]): string {
  const runs = statuses.map(({ run, counts }) => ({ run, ...counts, state: runState(counts) }));
  return `${JSON.stringify({ schema: 1, runs, throttled: sorted(throttled) }, null, 2)}\n`;
}

function statusCells({ run, counts }: RunStatus): string[] {
  const { accepted, discovered, settled, ok, failed, skipped, inFlight, retries } = counts;
  return [run, runState(counts), ...[accepted + discovered, settled, ok, failed, skipped, inFlight, retries].map(shownNumber)];
}
