import { shownMs, shownNumber } from '../report/shown-figures.ts';
import { visible } from '../report/shown-text.ts';
import { isoTime } from '../util/clock.ts';
import type { Paint } from './paint.ts';
import type { Service } from './service.ts';
import type { Change } from './service-state.ts';
import type { Watched } from './watched.ts';

/**
 * The line for a change: `2026-11-25T10:15:00Z down https://example.com/health 503, expected 200-299 (2 checks in a
 * row)`. Control characters are escaped; no line end.
 */
export function changeText(change: Change, { shownUrl }: Service, paint: Paint): string {
  const time = `${isoTime(change.check.atMs).slice(0, -5)}Z`;
  const word = wordOf(change);
  return [time, paint(change.kind === 'certificate' ? 'slow' : change.kind, word), visible(shownUrl), visible(detail(change))]
    .filter((part) => part !== '')
    .join('  ');
}

/** `recovered` means up again. */
function wordOf(change: Change): string {
  return isRecovery(change) ? 'recovered' : change.kind;
}

function isRecovery(change: Change): boolean {
  return change.kind === 'up' && change.before !== 'unknown';
}

function detail(change: Change): string {
  if (change.kind === 'certificate') return `the certificate ${expiryText(change.daysLeft)}`;
  const { kind, before, check, checks, afterMs } = change;
  const inARow = checks > 1 ? ` (${checks} checks in a row)` : '';
  if (kind === 'up') return before === 'unknown' ? '' : `${check.word} after ${shownMs(afterMs)} ${before}${inARow}`;
  return `${check.reason}${before === 'down' ? `, after ${shownMs(afterMs)} down` : ''}${inARow}`;
}

function expiryText(days: number): string {
  if (days < 0) return 'has expired';
  return days < 1 ? 'expires in less than a day' : `expires in ${days} day${days === 1 ? '' : 's'}`;
}

/** The same as one JSON object, without a line end. Fields are only ever added; a field without a value is omitted. */
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

const STATES = ['up', 'slow', 'down', 'unknown'] as const;

/** The summary at the end: `3 services: 2 up, 1 down; 12 rounds in 6 m 00 s`. */
export function endText(all: readonly Watched[], rounds: number, tookMs: number): string {
  const states = STATES.map((state) => ({ state, count: all.filter((watched) => watched.state.state === state).length }));
  const parts = states.filter(({ count }) => count > 0).map(({ state, count }) => `${shownNumber(count)} ${state}`);
  return `${counted(all.length, 'service')}: ${parts.join(', ')}; ${counted(rounds, 'round')} in ${shownMs(tookMs)}`;
}

/** The last JSON object of a watch, without a line end: the state of each service. */
export function endJson(all: readonly Watched[], rounds: number, nowMs: number): string {
  const services = all.map(({ service, state, checks, answered }) => ({
    url: service.shownUrl,
    state: state.state,
    since: isoTime(state.sinceMs),
    checks,
    answered,
  }));
  return JSON.stringify({ schema: 1, at: isoTime(nowMs), change: 'end', rounds, services });
}

function counted(amount: number, noun: string): string {
  return `${shownNumber(amount)} ${noun}${amount === 1 ? '' : 's'}`;
}
