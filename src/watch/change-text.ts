import { shownMs } from '../report/shown-figures.ts';
import { visible } from '../report/shown-text.ts';
import { isoTime } from '../util/clock.ts';
import type { Paint } from './paint.ts';
import type { Service } from './service.ts';
import type { Change } from './service-state.ts';

/** `2026-11-25T10:15:00Z  down  https://example.com/health  503, expected 200-299 (2 checks in a row)`: safe to print, without a line end. */
export function changeText(change: Change, { shownUrl }: Service, paint: Paint): string {
  const time = `${isoTime(change.check.atMs).slice(0, -5)}Z`;
  const word = wordOf(change);
  return [time, paint(change.kind === 'certificate' ? 'slow' : change.kind, word), visible(shownUrl), visible(detail(change))]
    .filter((part) => part !== '')
    .join('  ');
}

/** `recovered` is up again. */
function wordOf(change: Change): string {
  return isRecovery(change) ? 'recovered' : change.kind;
}

function isRecovery(change: Change): boolean {
  return change.kind === 'up' && change.before !== 'unknown';
}

function detail(change: Change): string {
  if (change.kind === 'certificate') return `the certificate ${whenEnds(change.daysLeft)}`;
  const { kind, before, check, checks, afterMs } = change;
  const row = checks > 1 ? ` (${checks} checks in a row)` : '';
  if (kind === 'up') return before === 'unknown' ? '' : `${check.word} after ${shownMs(afterMs)} ${before}${row}`;
  return `${check.reason}${before === 'down' ? `, after ${shownMs(afterMs)} down` : ''}${row}`;
}

function whenEnds(days: number): string {
  if (days < 0) return 'has ended';
  return days < 1 ? 'ends in less than a day' : `ends in ${days} day${days === 1 ? '' : 's'}`;
}

/** The same as one JSON object, without a line end. Fields are only ever added; absent values are absent. */
export function changeJson(change: Change, service: Service, run: string, round: number): string {
  const { check } = change;
  const head = { schema: 1, at: isoTime(check.atMs), change: wordOf(change), url: service.shownUrl };
  const tail = { ...(check.latencyMs !== undefined && { latencyMs: check.latencyMs }), run, round };
  if (change.kind === 'certificate') return JSON.stringify({ ...head, certificateDaysLeft: change.daysLeft, ...tail });
  const { kind, before, checks, afterMs } = change;
  const past = before === 'unknown' ? {} : { before, afterMs };
  const reason = check.reason === '' ? {} : { reason: check.reason };
  return JSON.stringify({ ...head, state: kind, ...past, checks, result: check.word, ...reason, ...tail });
}
